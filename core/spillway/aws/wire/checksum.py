"""Checksums by which what was sent is told from what has come."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING
from zlib import crc32

if TYPE_CHECKING:
    from collections.abc import Mapping

CHECKSUM = "x-amz-checksum-crc32"
"""S3's header for an object's CRC32."""
_ANSWERS_CHECKSUM = "x-amz-crc32"
"""DynamoDB's, of each of its answers."""


def checksum(body: bytes) -> str:
    """An object's CRC32 as S3 writes it."""
    return b64encode(crc32(body).to_bytes(4)).decode()


def is_intact(headers: Mapping[str, str], body: bytes) -> bool:
    """Whether an answer's body is the one that was sent, where its headers tell."""
    if (told := headers.get(_ANSWERS_CHECKSUM)) is not None:
        return told == str(crc32(body))
    told = headers.get(CHECKSUM)
    # That of an object stored in parts is one of its parts' checksums: `<checksum>-<parts>`.
    return told is None or "-" in told or told == checksum(body)
