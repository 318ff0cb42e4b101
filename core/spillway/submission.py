"""What a caller asks for, read from the body of `POST /v1/jobs`. Every fault is named at once.

Written by hand rather than with a validation library: this is the hot path, and importing one
would cost more than the rest of the function's start.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from spillway.destinations.allowed import NOTHING
from spillway.destinations.destination import FIELDS
from spillway.errors import Fault
from spillway.fields import invalid, pointer, read_object, shown, told
from spillway.strict_json import json_text, kind_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spillway.destinations.allowed import Allowed
    from spillway.destinations.destination import Destination

MODEL = re.compile(r"[a-z0-9][a-z0-9-]{0,38}")
JOB_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
TTL_S = (60, 1_209_600)
"""One minute to 14 days, SQS's longest retention."""
TIMEOUT_S = (1, 43_200)
"""One second to 12 hours, SQS's longest visibility timeout."""
METADATA_ENTRIES = 20
METADATA_KEY_LENGTH = 128
METADATA_VALUE_LENGTH = 512
METADATA_BYTES = 4096
"""In all, as JSON: a page of 100 jobs must fit into Lambda's 6 MB."""

_DEFAULT_TTL_S = 21_600
_DEFAULT_TIMEOUT_S = 900
_FIELDS = frozenset(
    {"model", "payload", "payloadUri", "jobId", "ttlSeconds", "timeoutSeconds", "metadata"}.union(
        FIELDS
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """A valid request. `payload` is its JSON text, None where `payload_uri` names an object.

    `destinations` is None where it names none: its tenant's default then holds.
    """

    model: str
    payload: str | None
    payload_uri: str | None
    job_id: str | None
    ttl_s: int
    timeout_s: int
    metadata: Mapping[str, str]
    fingerprint: str
    destinations: tuple[Destination, ...] | None = None


def parse(
    body: bytes,
    *,
    tenant: str,
    default_model: str,
    allowed: Allowed = NOTHING,
    loopback_webhooks: bool = False,
) -> Submission:
    """Read the body of this tenant's request.

    Raises:
        BadRequest: it is not JSON.
        Unprocessable: it is, and is not a valid request; `faults` name each field.
        Forbidden: it is valid, and names a destination that is not allowed.

    """
    request, faults = read_object(body, _FIELDS)
    model = _matching(request, "model", MODEL, default_model, faults)
    job_id = _matching(request, "jobId", JOB_ID, None, faults)
    ttl_s = _within(request, "ttlSeconds", TTL_S, _DEFAULT_TTL_S, faults)
    timeout_s = _within(request, "timeoutSeconds", TIMEOUT_S, _DEFAULT_TIMEOUT_S, faults)
    metadata = _metadata(request, faults)
    payload_uri = _payload_uri(request, faults)
    named = _destinations(request, faults, loopback=loopback_webhooks)
    if faults or model is None:
        raise invalid(faults)
    allowed.check(named or (), tenant=tenant, alone="destination" in request)
    return Submission(
        model=model,
        payload=json_text(request["payload"]) if payload_uri is None else None,
        payload_uri=payload_uri,
        job_id=job_id,
        ttl_s=ttl_s,
        timeout_s=timeout_s,
        metadata=metadata,
        fingerprint=_fingerprint(request | {"model": model}),
        destinations=named,
    )


def _fingerprint(request: dict[str, Any]) -> str:
    """What tells one request from another. The id, which names the job, is no part of it."""
    asked = {name: value for name, value in request.items() if name != "jobId"}
    canonical = json.dumps(asked, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _matching(
    request: dict[str, Any],
    name: str,
    pattern: re.Pattern[str],
    default: str | None,
    faults: list[Fault],
) -> str | None:
    value = request.get(name, default)
    if value is default and name not in request:
        return default
    if isinstance(value, str) and pattern.fullmatch(value):
        return value
    detail = f"{name}: expected text that matches {pattern.pattern}, got {told(value)}"
    faults.append(Fault(detail, pointer(name)))
    return None


def _within(
    request: dict[str, Any],
    name: str,
    bounds: tuple[int, int],
    default: int,
    faults: list[Fault],
) -> int:
    value = request.get(name, default)
    low, high = bounds
    if type(value) is int and low <= value <= high:
        return value
    got = shown(str(value)) if type(value) in (int, float) else kind_of(value)
    faults.append(
        Fault(f"{name}: expected a whole number from {low} to {high}, got {got}", pointer(name))
    )
    return default


def _metadata(request: dict[str, Any], faults: list[Fault]) -> dict[str, str]:
    value = request.get("metadata", {})
    if not isinstance(value, dict):
        faults.append(Fault(f"metadata: expected an object, got {kind_of(value)}", "/metadata"))
        return {}
    if len(value) > METADATA_ENTRIES:
        faults.append(Fault(f"metadata: more than {METADATA_ENTRIES} entries", "/metadata"))
    for name, entry in value.items():
        where = pointer("metadata", name)
        if not 0 < len(name) <= METADATA_KEY_LENGTH:
            detail = f"metadata: a name has 1 to {METADATA_KEY_LENGTH} characters"
            faults.append(Fault(detail, where))
        if not isinstance(entry, str) or len(entry) > METADATA_VALUE_LENGTH:
            detail = f"metadata: a value is text of up to {METADATA_VALUE_LENGTH} characters"
            faults.append(Fault(detail, where))
    if value and len(json.dumps(value)) > METADATA_BYTES:
        faults.append(Fault(f"metadata: more than {METADATA_BYTES} bytes of JSON", "/metadata"))
    return value


def _destinations(
    request: dict[str, Any], faults: list[Fault], *, loopback: bool
) -> tuple[Destination, ...] | None:
    if not any(name in request for name in FIELDS):
        return None
    from spillway.destinations import parsing  # noqa: PLC0415 - no start waits for what few name

    return parsing.parse(request, faults, loopback=loopback)


def _payload_uri(request: dict[str, Any], faults: list[Fault]) -> str | None:
    uri = request.get("payloadUri")
    if ("payload" in request) == ("payloadUri" in request):
        given = "both" if "payload" in request else "neither"
        detail = f"payload: expected either payload or payloadUri, got {given}"
        faults.append(Fault(detail, "/payload"))
    elif "payloadUri" in request and not isinstance(uri, str):
        faults.append(Fault(f"payloadUri: expected text, got {kind_of(uri)}", "/payloadUri"))
    return uri if isinstance(uri, str) else None
