"""Whether what came is what was sent, by botocore's own arithmetic."""

from __future__ import annotations

import zlib
from hashlib import md5

import pytest
from botocore.httpchecksum import Crc32Checksum
from hypothesis import given
from hypothesis import strategies as st

from spillway.aws.wire.checksum import CHECKSUM, checksum, is_intact

SSE = "x-amz-server-side-encryption"
TAG, ANOTHER = (f'"{md5(body, usedforsecurity=False).hexdigest()}"' for body in (b"body", b"bodY"))


@given(st.binary())
def test_an_object_s_checksum_is_botocore_s(body: bytes) -> None:
    assert checksum(body) == Crc32Checksum().handle(body)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, True),
        ({CHECKSUM: checksum(b"body")}, True),
        ({CHECKSUM: checksum(b"bodY")}, False),
        ({CHECKSUM: "AAAAAA==-3"}, True),
        ({"x-amz-crc32": str(zlib.crc32(b"body"))}, True),
        ({"x-amz-crc32": "0"}, False),
        ({"etag": TAG}, True),
        ({"etag": ANOTHER}, False),
        ({"etag": ANOTHER, CHECKSUM: checksum(b"body")}, True),
        ({"etag": ANOTHER.rstrip('"') + '-3"'}, True),
        ({"etag": ANOTHER, SSE: "AES256"}, False),
        ({"etag": ANOTHER, SSE: "aws:kms"}, True),
    ],
    ids=[
        *("untold", "whole", "corrupted", "of parts", "an answer", "a corrupted one"),
        *("by its tag", "not by its tag", "by both", "a tag of parts", "encrypted", "by KMS"),
    ],
)
def test_a_body_is_held_to_what_its_headers_tell(headers: dict[str, str], expected: bool) -> None:
    assert is_intact("GET", headers, b"body") == expected


def test_what_answers_a_put_has_the_object_s_tag_and_no_body() -> None:
    assert is_intact("PUT", {"etag": TAG}, b"")
