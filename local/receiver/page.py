"""The receiver's page: what arrived, newest first.

It is whole in one document. Bodies, names and headers are strangers' texts: each value is escaped
where it is put in, and the policy of the page lets no other script run than its own.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html import escape
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from local.receiver.received import KEPT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from local.receiver.received import Received
    from local.receiver.signature import Signature

HERE = Path(__file__).parent
PAGE = Template((HERE / "page.html").read_text(encoding="utf-8"))
ROW = Template((HERE / "row.html").read_text(encoding="utf-8"))
EXAMPLE = Template((HERE / "example.html").read_text(encoding="utf-8"))
JOB = Template('<a href="?$query">$job_id</a>')
OF_JOB = Template('of job <code>$job_id</code> · <a href="?">all</a>')
NOTHING_OF_JOB = Template('<p class="empty">Nothing of job <code>$job_id</code> has arrived.</p>')
STYLE = (HERE / "page.css").read_text(encoding="utf-8")
SCRIPT = (HERE / "page.js").read_text(encoding="utf-8")
NOTHING = "-"
NUMBERS = re.compile(r"\[\n\s+([-+.\deE]+(?:,\n\s+[-+.\deE]+)*)\n\s*\]")
"""A list of nothing but numbers, a line each. No text has such lines: its own are escaped."""
NUMBERS_SHOWN = 20
SHOWN_LIMIT = 131_072
"""Characters of a body that is laid out: one of many brackets would grow a thousandfold."""


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


SECURITY_HEADERS = {
    "content-security-policy": (
        f"default-src 'none'; script-src {_digest(SCRIPT)}; style-src {_digest(STYLE)}; "
        "connect-src 'self'; img-src data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}


def page(received: Iterable[Received], *, url: str, job_id: str = "") -> str:
    """Return the page; `url` is its own address, `job_id` that of the only job it shows."""
    return PAGE.substitute(
        style=STYLE,
        script=SCRIPT,
        most=KEPT,
        url=escape(url),
        whose=OF_JOB.substitute(_escaped(job_id=job_id)) if job_id else "",
        nothing=_nothing(url, job_id),
        rows="".join(map(_row, received)),
    )


def _nothing(url: str, job_id: str) -> str:
    """Return what stands where rows would."""
    if job_id:
        return NOTHING_OF_JOB.substitute(_escaped(job_id=job_id))
    return EXAMPLE.substitute(_escaped(url=url))


def _row(received: Received) -> str:
    headers = "\n".join(f"{name}: {value}" for name, value in received.headers.items())
    values = _escaped(
        number=received.number,
        instant=received.at.isoformat(timespec="milliseconds"),
        time=received.at.astimezone().strftime("%H:%M:%S"),
        event=received.event or NOTHING,
        path=received.path,
        webhook_id=received.webhook_id or NOTHING,
        attempt=received.attempt,
        verdict="wrong" if received.signature.tenant is None else "good",
        signature=_told(received.signature),
        status=received.status,
        headers=headers,
        body=laid_out(received.body),
    )
    return ROW.substitute(values, job=_link(received.job_id))


def _link(job_id: str) -> str:
    """Return what leads to all that came of a job."""
    if not job_id:
        return NOTHING
    query = urlencode({"job": job_id}, errors="replace")
    return JOB.substitute(_escaped(query=query, job_id=job_id))


def _escaped(**values: object) -> dict[str, str]:
    return {name: escape(str(value)) for name, value in values.items()}


def _told(signature: Signature) -> str:
    return signature.fault or f"✓ verified, {signature.tenant}'s secret"


def laid_out(body: str) -> str:
    """Return a JSON text by lines and levels; as it came if it is none, or would be too long.

    A vector has one line, and of many numbers the first.
    """
    lines = ""
    try:
        for part in json.JSONEncoder(indent=2, ensure_ascii=False).iterencode(json.loads(body)):
            lines += part
            if len(lines) > SHOWN_LIMIT:
                return body
    except (ValueError, RecursionError):
        return body
    return NUMBERS.sub(_one_line, lines)


def _one_line(vector: re.Match[str]) -> str:
    numbers = [number.strip() for number in vector[1].split(",")]
    left = len(numbers) - NUMBERS_SHOWN
    told = [*numbers[:NUMBERS_SHOWN], *([f"… {left:,} more"] if left > 0 else [])]
    return f"[{', '.join(told)}]"
