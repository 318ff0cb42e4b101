"""Checksums by which what was sent is told from what has come."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import md5
from typing import TYPE_CHECKING
from zlib import crc32

if TYPE_CHECKING:
    from collections.abc import Mapping

CHECKSUM = "x-amz-checksum-crc32"
"""S3's header for an object's CRC32."""
_MD5 = re.compile(r"[0-9a-f]{32}")
_ENCRYPTION = "x-amz-server-side-encryption"
_ANSWERS_CHECKSUM = "x-amz-crc32"
"""DynamoDB's, of each of its answers."""


def checksum(body: bytes) -> str:
    """An object's CRC32 as S3 writes it."""
    return b64encode(crc32(body).to_bytes(4)).decode()


def is_intact(method: str, headers: Mapping[str, str], body: bytes) -> bool:
    """Whether an answer's body is the one that was sent, where its headers tell."""
    if (told := headers.get(_ANSWERS_CHECKSUM)) is not None:
        return told == str(crc32(body))
    if (told := headers.get(CHECKSUM)) is not None:
        # That of an object stored in parts is one of its parts' checksums: `<checksum>-<parts>`.
        return "-" in told or told == checksum(body)
    digest = _digest(headers) if method == "GET" else None
    return digest is None or digest == md5(body, usedforsecurity=False).hexdigest()


def _digest(headers: Mapping[str, str]) -> str | None:
    """An object's MD5, which its entity tag is where it was put whole and has no key of KMS.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html
    """
    tag = headers.get("etag", "").strip('"')
    is_digest = _MD5.fullmatch(tag) and headers.get(_ENCRYPTION, "AES256") == "AES256"
    return tag if is_digest else None
