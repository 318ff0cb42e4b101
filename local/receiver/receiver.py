"""The receiver's paths: where webhooks are sent, and where one looks at them.

::

    POST /_receiver/hook                         200
    POST /_receiver/hook/503?retry-after=30      503, to be tried again after half a minute
    GET  /_receiver/                             the page; ?job=ID for one job's alone
    GET  /_receiver/deliveries.json              the same for programs
"""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from botocore.exceptions import BotoCoreError, ClientError

from local.front import RECEIVER_PREFIX, Reply
from local.receiver.page import SECURITY_HEADERS, page
from local.receiver.received import BODY_LIMIT_BYTES, Kept, Received
from local.receiver.signature import Signature, checked
from spillway.errors import MalformedSecrets

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from local.front import Request


class Receiver:
    """Takes webhooks and shows them. `secrets` are the tenants' own, asked for at each webhook.

    `url` is where its page is.
    """

    def __init__(self, url: str, secrets: Callable[[], Mapping[str, Sequence[str]]]) -> None:
        self._url = url
        self._secrets = secrets
        self._kept = Kept()

    def answer(self, request: Request) -> Reply:
        """Answer one request; it may be called from any thread."""
        path, query = request.path.removeprefix(RECEIVER_PREFIX).split("/"), _query(request.query)
        match request.method, path:
            case "GET", [""]:
                return Reply(308, {"location": f"{RECEIVER_PREFIX}/"}, b"")
            case "GET", ["", ""]:
                return self._page(query)
            case "GET", ["", "deliveries.json"]:
                return self._document(query)
            case "POST", ["", "hook"]:
                return self._take(request, HTTPStatus.OK, query)
            case "POST", ["", "hook", status]:
                return self._take_as(request, status, query)
        return _text(404, f"nothing here; webhooks go to {self._url}hook")

    def _take_as(self, request: Request, status: str, query: Mapping[str, str]) -> Reply:
        if not _is_final(status):
            return _text(404, "hook/STATUS: expected a status from 200 to 599")
        return self._take(request, int(status), query)

    def _take(self, request: Request, status: int, query: Mapping[str, str]) -> Reply:
        retry_after = query.get("retry-after", "")
        if retry_after and not _is_number(retry_after):
            return _text(400, "retry-after: expected a whole number of seconds")
        self._kept.add(Received.of(request, self._signature(request), status))
        return Reply(status, {"retry-after": retry_after} if retry_after else {}, b"")

    def _signature(self, request: Request) -> Signature:
        if len(request.body) > BODY_LIMIT_BYTES:
            return Signature(None, f"not checked: the body has {len(request.body):,} bytes")
        try:
            return checked(request.body, request.headers, self._secrets())
        except (BotoCoreError, ClientError, MalformedSecrets) as error:
            return Signature(None, f"not checked: the secrets can't be read: {error}")

    def _page(self, query: Mapping[str, str]) -> Reply:
        chosen = self._chosen(query)
        if "after" in query and not chosen:
            return Reply(204, {}, b"")
        text = page(chosen, url=self._url, job_id=query.get("job", ""))
        headers = {"content-type": "text/html; charset=utf-8", **SECURITY_HEADERS}
        return Reply(200, headers, text.encode("utf-8", "backslashreplace"))

    def _document(self, query: Mapping[str, str]) -> Reply:
        document = {"deliveries": [received.document() for received in self._chosen(query)]}
        headers = {"content-type": "application/json", **SECURITY_HEADERS}
        return Reply(200, headers, json.dumps(document).encode())

    def _chosen(self, query: Mapping[str, str]) -> Sequence[Received]:
        after = query.get("after", "")
        number = int(after) if _is_number(after) else 0
        return self._kept.newest_first(after=number, job_id=query.get("job", ""))


def _query(text: str) -> dict[str, str]:
    return {name: values[-1] for name, values in parse_qs(text, errors="replace").items()}


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 20


def _is_final(status: str) -> bool:
    """Tell whether a status ends an exchange: those below 200 announce another one."""
    return _is_number(status) and 200 <= int(status) <= 599


def _text(status: int, text: str) -> Reply:
    return Reply(status, {"content-type": "text/plain; charset=utf-8"}, f"{text}\n".encode())
