"""The trace that a request belongs to, and its job with it, as W3C Trace Context writes it.

Its id is the one that every line logged about a job carries, from the request to the result.
https://www.w3.org/TR/trace-context/#traceparent-header
"""

from __future__ import annotations

import hashlib
import re

_TRACEPARENT = re.compile(
    r"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}"
)
_XRAY_ROOT = re.compile(r"(?:^|;)Root=1-([0-9a-f]{8})-([0-9a-f]{24})(?:;|$)")


def is_traceparent(text: str) -> bool:
    """Whether it is a header of version 00, or of one whose beginning reads like it."""
    return _TRACEPARENT.fullmatch(text) is not None


def trace_id(traceparent: str) -> str:
    """The 32 hexadecimal digits that the whole trace shares."""
    return traceparent[3:35]


def of_request(request_id: str, *, xray: str) -> str:
    """The traceparent of a request that came with none: in X-Ray's trace, else in one of its own.

    `xray` is the value of X-Amzn-Trace-Id, which API Gateway adds. Its root is a W3C trace id with
    two dashes and a version, so the id also finds the request in X-Ray.

    >>> of_request("r", xray="Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1")[3:35]
    '5759e988bd862e3fe1be46a994272793'
    """
    digest = hashlib.blake2b(request_id.encode(), digest_size=24).hexdigest()
    root = _XRAY_ROOT.search(xray)
    return f"00-{root[1] + root[2] if root else digest[:32]}-{digest[32:]}-00"
