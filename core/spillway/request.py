"""What a request's envelope says: who calls, with which headers and body."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Any

from spillway import trace
from spillway.errors import BadRequest, Forbidden, TooLarge, UnsupportedMedia
from spillway.identity import tenant_of_api_key, tenant_of_principal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spillway.settings import AuthMode

type Event = Mapping[str, Any]
"""API Gateway's proxy event, format 1.0."""

MAX_BODY_BYTES = 5 * 1024 * 1024
"""Lambda takes 6 MB of event, in which the body is escaped text beside its envelope."""
MAX_WAIT_S = 25
"""API Gateway gives up after 29 s."""

_IDEMPOTENCY_KEY = re.compile(r'"([\x20-\x21\x23-\x7e]{1,255})"|([\x21\x23-\x7e]{1,255})')
_WAIT = re.compile(r"(?:^|,)\s*wait\s*=\s*(\d{1,9})\s*(?=$|[,;])", re.IGNORECASE)
_JSON = re.compile(r"application/(?:[\w.+-]+\+)?json\s*(?:;.*)?", re.IGNORECASE)


def tenant(event: Event, auth_mode: AuthMode) -> str:
    """The tenant who calls; API Gateway has verified who that is."""
    identity = (event.get("requestContext") or {}).get("identity") or {}
    if auth_mode == "Iam":
        found = tenant_of_principal(identity.get("userArn") or "")
        detail = "the request was not signed by an IAM user or role"
    else:
        found = tenant_of_api_key(identity.get("apiKey") or "")
        detail = "the API key has not the form <tenant>.<secret>"
    if found is None:
        raise Forbidden("no-tenant", detail)
    return found


def header(event: Event, name: str) -> str | None:
    """The value of a header, whatever the case of its name."""
    headers: Mapping[str, str] = event.get("headers") or {}
    lower = name.lower()
    return next((value for key, value in headers.items() if key.lower() == lower), None)


def request_id(event: Event) -> str:
    """API Gateway's own id of the request, which its access log names too."""
    return str((event.get("requestContext") or {}).get("requestId") or "")


def log_fields(event: Event) -> dict[str, str]:
    """What every line logged about the request says."""
    return {"requestId": request_id(event), "traceId": trace.trace_id(traceparent(event))}


def json_body(event: Event) -> bytes:
    """The body, checked for type and size but not read.

    Raises:
        UnsupportedMedia: it says that it is something else than JSON.
        TooLarge: it is over `MAX_BODY_BYTES`.
        BadRequest: it can't be decoded.

    """
    media = header(event, "content-type")
    if media is not None and not _JSON.fullmatch(media.strip()):
        detail = f"Content-Type: expected application/json, got {media[:80]}"
        raise UnsupportedMedia("not-json-media", detail)
    body = _body(event)
    if len(body) > MAX_BODY_BYTES:
        detail = (
            f"the body has {len(body)} bytes, at most {MAX_BODY_BYTES} are taken: "
            "upload the payload by POST /v1/uploads and submit its payloadUri"
        )
        raise TooLarge("body-too-large", detail)
    return body


def idempotency_key(event: Event) -> str | None:
    """The key, quoted or not (draft-ietf-httpapi-idempotency-key-header has it quoted)."""
    text = header(event, "idempotency-key")
    if text is None:
        return None
    match = _IDEMPOTENCY_KEY.fullmatch(text.strip())
    if match is None:
        detail = "Idempotency-Key: expected 1 to 255 printable ASCII characters, best in quotes"
        raise BadRequest("bad-idempotency-key", detail)
    return match[1] or match[2]


def wait_s(event: Event) -> int:
    """Seconds that the caller prefers to wait (RFC 7240), 0 to `MAX_WAIT_S`."""
    match = _WAIT.search(header(event, "prefer") or "")
    return min(int(match[1]), MAX_WAIT_S) if match else 0


def traceparent(event: Event) -> str:
    """The W3C trace context that the job carries on: the caller's, where it is well-formed."""
    given = header(event, "traceparent")
    if given and trace.is_traceparent(given):
        return given
    return trace.of_request(request_id(event), xray=header(event, "x-amzn-trace-id") or "")


def _body(event: Event) -> bytes:
    body = event.get("body") or ""
    if not event.get("isBase64Encoded"):
        return str(body).encode("utf-8", "surrogatepass")
    try:
        return base64.b64decode(body, validate=True)
    except ValueError:
        raise BadRequest("not-json", "the body is not valid base64") from None
