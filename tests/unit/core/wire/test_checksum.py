"""Whether what came is what was sent, by botocore's own arithmetic."""

from __future__ import annotations

import zlib

import pytest
from botocore.httpchecksum import Crc32Checksum
from hypothesis import given
from hypothesis import strategies as st

from spillway.aws.wire.checksum import CHECKSUM, checksum, is_intact


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
    ],
    ids=["untold", "whole", "corrupted", "of parts", "an answer", "a corrupted one"],
)
def test_a_body_is_held_to_what_its_headers_tell(headers: dict[str, str], expected: bool) -> None:
    assert is_intact(headers, b"body") == expected
