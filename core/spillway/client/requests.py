"""What a client asks, as the API wants it said."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any, TypedDict

from spillway.client.documents import Uploaded
from spillway.errors import NotFound
from spillway.request import idempotency_key as checked
from spillway.submission import JOB_ID

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spillway.strict_json import Json


class Terms(TypedDict, total=False):
    """What may be said of a job beside its payload; what is left out is as the API has it."""

    model: str
    ttl_s: int
    """Seconds that it may wait, 60 to 1,209,600; then it is EXPIRED."""
    timeout_s: int
    """Seconds that one attempt may run, 1 to 43,200."""
    metadata: Mapping[str, str]


_NAMES = {
    "model": "model",
    "ttl_s": "ttlSeconds",
    "timeout_s": "timeoutSeconds",
    "metadata": "metadata",
}


def job_request(payload: Json | Uploaded, job_id: str | None, terms: Terms) -> dict[str, Any]:
    """The document of `POST /jobs`; raises KeyError for a term that there is not."""
    if isinstance(payload, Uploaded):
        document = {"payloadUri": payload.payload_uri}
    else:
        document = {"payload": payload}
    if job_id is not None:
        document["jobId"] = job_id
    return document | {_NAMES[name]: term for name, term in terms.items()}


def encoded(value: Json) -> bytes:
    """The value as JSON; raises TypeError or ValueError where it can't be said in it (NaN)."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def is_too_large(body: bytes, limit_bytes: int) -> bool:
    """Whether a body is over the limit as Lambda counts it: as text in its event, escaped.

    A body of many quotes may so have up to twice its size.
    """
    if 2 * len(body) <= limit_bytes:
        return False
    return len(json.dumps(body.decode(), ensure_ascii=False).encode()) > limit_bytes


def naming(job_id: str | None, idempotency_key: str | None) -> Mapping[str, str]:
    """The header that makes a submit safe to repeat; a job's own id does so without one."""
    if job_id is not None and idempotency_key is None:
        return {}
    return key_header(idempotency_key or str(uuid.uuid4()))


def key_header(idempotency_key: str) -> Mapping[str, str]:
    """The key as the draft has it, in quotes; raises `BadRequest`, as the API would."""
    header = {"Idempotency-Key": f'"{idempotency_key}"'}
    checked({"headers": header})
    return header


def job_path(job_id: str) -> str:
    """The path of a job below the API's address; what can't be an id names no job."""
    if JOB_ID.fullmatch(job_id) is None:
        detail = f"there is no job {job_id[:80]!r}: an id matches {JOB_ID.pattern}"
        raise NotFound("no-such-job", detail)
    return f"/jobs/{job_id}"
