"""A place to upload a payload to that is too large for a request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spillway.view import instant

if TYPE_CHECKING:
    from spillway.ports import Bucket

VALID_S = 900
"""How long the address is good for."""
_CONTENT_TYPE = "application/json"


def upload_document(inputs: Bucket, tenant: str, *, upload_id: str, now_ms: int) -> dict[str, Any]:
    """The document of `POST /v1/uploads`: where to PUT the payload, and how a job names it."""
    key = f"uploads/{tenant}/{upload_id}"
    return {
        "uploadUrl": inputs.presign_put(key, content_type=_CONTENT_TYPE, expires_s=VALID_S),
        "payloadUri": inputs.uri(key),
        "headers": {"Content-Type": _CONTENT_TYPE},
        "expiresAt": instant(now_ms + VALID_S * 1000),
    }
