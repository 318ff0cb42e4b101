"""Standard Webhooks' signature by its specification alone, as a receiver without a library has it.

The two libraries for Python that there are share one code, so this is the second verifier.
https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def signature(secret: str, headers: Mapping[str, str], body: bytes) -> str:
    """What `webhook-signature` holds, among others, where this secret is valid."""
    told = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    return "v1," + base64.b64encode(hmac.new(key, told, hashlib.sha256).digest()).decode()


def is_signed(secret: str, headers: Mapping[str, str], body: bytes) -> bool:
    """Whether one of the signatures is by this secret."""
    return signature(secret, headers, body) in headers["webhook-signature"].split(" ")
