"""S3's names and refusals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spillway.aws.faults import code
from spillway.errors import ObjectMissing

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

MEDIA_TYPE = "application/json"

_MISSING = ("NoSuchKey", "404", "NotFound")
_KEY_BYTES = 1024


def uri(bucket: str, key: str) -> str:
    """The object's address."""
    return f"s3://{bucket}/{key}"


def key(bucket: str, address: str) -> str | None:
    """The key of an address in this bucket, else None."""
    prefix = uri(bucket, "")
    return address.removeprefix(prefix) or None if address.startswith(prefix) else None


def check_length(name: str) -> None:
    """Callers name keys: of one that is too long, S3 says no more than 400 to a HEAD."""
    if len(name.encode()) > _KEY_BYTES:
        raise ObjectMissing(name)


def missing(error: ClientError, name: str) -> ClientError | ObjectMissing:
    """`ObjectMissing` where that is what the error says, else the error."""
    return ObjectMissing(name) if code(error) in _MISSING else error
