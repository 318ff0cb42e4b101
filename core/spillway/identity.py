"""Who is calling, and how a job comes by its id."""

from __future__ import annotations

import hashlib
import re
import secrets
import uuid

TENANT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_UNSAFE = re.compile(r"[^A-Za-z0-9_-]")
_HASH_LENGTH = 12


def tenant_of_api_key(key: str) -> str | None:
    """The tenant in `<tenant>.<random>`, or None where the key has not that form.

    API Gateway has verified the whole value, so the part before the dot needs no look-up.
    """
    tenant, dot, secret = key.partition(".")
    return tenant if dot and secret and TENANT.fullmatch(tenant) else None


def tenant_of_principal(arn: str) -> str | None:
    """The tenant for an IAM principal's ARN, or None where it has not that form.

    An assumed role is one tenant whatever its session's name. The name keeps what is legible of
    the principal; the hash of account, kind and name keeps two principals apart.

    >>> tenant_of_principal("arn:aws:sts::123456789012:assumed-role/Batch/session-1") == (
    ...     tenant_of_principal("arn:aws:sts::123456789012:assumed-role/Batch/session-2"))
    True
    """
    parts = arn.split(":", 5)
    if len(parts) != 6 or parts[0] != "arn":
        return None
    kind, _, name = parts[5].partition("/")
    if kind == "assumed-role":
        name = name.partition("/")[0]
    legible = _UNSAFE.sub("-", name.rpartition("/")[2] or kind).strip("-_")[:40] or kind
    whole = hashlib.sha256(f"{parts[4]}:{kind}:{name}".encode()).hexdigest()[:_HASH_LENGTH]
    return f"{legible}-{whole}"


def new_job_id(now_ms: int) -> str:
    """An id that sorts by time: UUID version 7 (RFC 9562, section 5.7)."""
    return _uuid(now_ms << 80 | secrets.randbits(80), version=7)


def job_id_of_key(tenant: str, idempotency_key: str) -> str:
    """The one id that this tenant's key stands for: UUID version 8 (RFC 9562, section 5.8)."""
    digest = hashlib.sha256(f"{tenant}\0{idempotency_key}".encode()).digest()
    return _uuid(int.from_bytes(digest[:16]), version=8)


def _uuid(bits: int, *, version: int) -> str:
    bits = bits & ~(0xF << 76) | version << 76
    bits = bits & ~(0b11 << 62) | 0b10 << 62
    return str(uuid.UUID(int=bits))
