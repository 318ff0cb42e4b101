"""What a client asks, as the API wants it said."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypedDict

from spillway.client.documents import Uploaded
from spillway.deliveries.lookup import DELIVERY_ID
from spillway.destinations.destination import Destination
from spillway.errors import NotFound, Unprocessable
from spillway.request import idempotency_key as checked
from spillway.submission import JOB_ID

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from spillway.strict_json import Json


type Told = Destination | Mapping[str, Any]
"""A destination: a value, or its document as the API has it."""


class Terms(TypedDict, total=False):
    """What may be said of a job beside its payload; what is left out is as the API has it."""

    model: str
    ttl_s: int
    """Seconds that it may wait, 60 to 1,209,600; then it is EXPIRED."""
    timeout_s: int
    """Seconds that one attempt may run, 1 to 43,200."""
    metadata: Mapping[str, str]
    destinations: Sequence[Told]
    """Up to five places where its end is told; none for nowhere, the tenant's default included."""


_NAMES = {
    "model": "model",
    "ttl_s": "ttlSeconds",
    "timeout_s": "timeoutSeconds",
    "metadata": "metadata",
    "destinations": "destinations",
}


def check(terms: Terms) -> None:
    """Raise TypeError for a term that there is not, as Python does for any other argument."""
    if unknown := sorted(terms.keys() - _NAMES.keys()):
        raise TypeError(f"there is no {unknown[0]!r} of a job: expected {', '.join(_NAMES)}")


@dataclass(frozen=True, slots=True)
class Submit:
    """What `POST /jobs` is asked. Raises TypeError for a term that there is not."""

    payload: Json | Uploaded
    terms: Terms
    job_id: str | None = None
    idempotency_key: str | None = None
    wait_s: int = 0
    """How long the API may hold its answer for the job's end."""

    def __post_init__(self) -> None:
        """Check the terms."""
        check(self.terms)

    def headers(self) -> Mapping[str, str]:
        """The headers; under them it is one job however often it is sent."""
        prefer = {"Prefer": f"wait={self.wait_s}"} if self.wait_s else {}
        return {"Content-Type": "application/json", **self._naming(), **prefer}

    def body(self) -> bytes:
        """The document; raises `Unprocessable`."""
        named = {} if self.job_id is None else {"jobId": self.job_id}
        terms = {_NAMES[name]: term for name, term in self.terms.items()}
        if "destinations" in self.terms:
            terms |= destinations_document(self.terms["destinations"])
        return encoded({**self._payload(), **named, **terms})

    def _payload(self) -> dict[str, Json]:
        if isinstance(self.payload, Uploaded):
            return {"payloadUri": self.payload.payload_uri}
        return {"payload": self.payload}

    def _naming(self) -> Mapping[str, str]:
        """The header that makes a submit safe to repeat; a job's own id does so without one."""
        if self.job_id is not None and self.idempotency_key is None:
            return {}
        return key_header(new_key() if self.idempotency_key is None else self.idempotency_key)


def encoded(value: Json) -> bytes:
    """The value as JSON; raises `Unprocessable` for what can't be said in it, such as NaN."""
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return text.encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise Unprocessable("invalid-request", f"this is no JSON: {error}") from error


def is_too_large(body: bytes, limit_bytes: int) -> bool:
    """Whether a body is over the limit as Lambda counts it: as text in its event, escaped.

    A body of many quotes may so have up to twice its size.
    """
    if 2 * len(body) <= limit_bytes:
        return False
    return len(json.dumps(body.decode(), ensure_ascii=False).encode()) > limit_bytes


def destinations_document(named: Iterable[Told]) -> dict[str, Json]:
    """The destinations as the API wants them; raises TypeError for one that is in no list."""
    if isinstance(named, Destination | Mapping | str):
        raise TypeError(f"destinations: expected a list of them, got {type(named).__name__}")
    told = [each.document() if isinstance(each, Destination) else each for each in named]
    return {"destinations": told}


def new_key() -> str:
    """A key under which a request can be sent again."""
    return str(uuid.uuid4())


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


def delivery_path(delivery_id: str) -> str:
    """The path of a delivery below the API's address; what can't be an id names no delivery."""
    if DELIVERY_ID.fullmatch(delivery_id) is None:
        detail = f"there is no delivery {delivery_id[:80]!r}: an id matches {DELIVERY_ID.pattern}"
        raise NotFound("no-such-delivery", detail)
    return f"/deliveries/{delivery_id}"
