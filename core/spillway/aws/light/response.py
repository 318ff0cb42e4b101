"""Reading an HTTP/1.1 answer, as RFC 9112 has it: a status line, fields, and a body of known end.

http.client reads the fields by the e-mail package, which takes twice as long as all else in a call.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from spillway.aws.light.errors import NoAnswer

if TYPE_CHECKING:
    from io import BufferedReader

_LINE_BYTES, _FIELDS = 65_536, 100
"""The longest line and the most fields that are read, as http.client has them."""
_MOST_BYTES = 2**31
"""No service's answer to these calls is larger, and no function has the memory."""
_BLANK = (b"\r\n", b"\n")


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back; `is_last` where the other side closes the connection after it."""

    status: int
    body: bytes
    is_last: bool = False


def read_reply(stream: BufferedReader) -> Reply:
    """Read one answer to a request other than HEAD.

    Raises:
        NoAnswer: what came is not HTTP's, or ended early.
        OSError: the connection broke.

    """
    version, status = _status(stream)
    fields = _fields(stream)
    while status < 200:  # 100 Continue and its like: the answer is yet to come
        version, status = _status(stream)
        fields = _fields(stream)
    is_last = version != b"HTTP/1.1" or b"close" in fields.get(b"connection", b"").lower()
    if status in {204, 304}:
        return Reply(status, b"", is_last)
    if b"chunked" in fields.get(b"transfer-encoding", b"").lower():
        return Reply(status, _chunks(stream), is_last)
    if b"content-length" in fields:
        return Reply(status, _exactly(stream, _number(fields[b"content-length"], 10)), is_last)
    return Reply(status, stream.read(), is_last=True)


def _status(stream: BufferedReader) -> tuple[bytes, int]:
    line = _line(stream)
    version, _, rest = line.partition(b" ")
    if not version.startswith(b"HTTP/1.") or not rest[:3].isdigit():
        raise NoAnswer(f"not an HTTP answer: {line[:80]!r}")
    return version, int(rest[:3])


def _fields(stream: BufferedReader) -> dict[bytes, bytes]:
    fields: dict[bytes, bytes] = {}
    for _ in range(_FIELDS):
        line = stream.readline(_LINE_BYTES)
        if line in _BLANK:
            return fields
        name, _, value = line.partition(b":")
        fields[name.lower()] = value.strip()
    raise NoAnswer("the header does not end")


def _chunks(stream: BufferedReader) -> bytes:
    chunks = []
    while size := _number(_line(stream).partition(b";")[0], 16):
        chunks.append(_exactly(stream, size))
        _line(stream)
    _fields(stream)  # the trailer
    return b"".join(chunks)


def _line(stream: BufferedReader) -> bytes:
    line = stream.readline(_LINE_BYTES)
    if not line.endswith(b"\n"):
        raise NoAnswer("the answer ended early, or a line of it does not end")
    return line.rstrip(b"\r\n")


def _exactly(stream: BufferedReader, size: int) -> bytes:
    body = stream.read(size)
    if len(body) != size:
        raise NoAnswer(f"{len(body)} of {size} bytes came")
    return body


def _number(text: bytes, base: int) -> int:
    digits = text.strip()
    if not digits.isalnum():  # int() would take signs and underscores too
        raise NoAnswer(f"not a length: {text[:80]!r}")
    try:
        number = int(digits, base)
    except ValueError:
        raise NoAnswer(f"not a length: {text[:80]!r}") from None
    if number > _MOST_BYTES:
        raise NoAnswer(f"an answer of {text[:80]!r} bytes")
    return number
