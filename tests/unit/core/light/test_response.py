"""Reading answers, beside http.client."""

from __future__ import annotations

import http.client
import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spillway.aws.light.errors import NoAnswer
from spillway.aws.light.response import Reply, read_reply

NAMES = st.sampled_from(["Date", "x-amzn-RequestId", "x-amz-crc32", "Server", "Vary"])
VALUES = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=60)


class Wire:
    """A socket that has received something."""

    def __init__(self, received: bytes) -> None:
        self._received = received

    def makefile(self, _mode: str) -> io.BufferedReader:
        return stream(self._received)


@st.composite
def answers(draw: st.DrawFn) -> bytes:
    """An answer as a server may write it."""
    status = draw(st.sampled_from([200, 201, 204, 304, 400, 403, 404, 429, 500, 503]))
    body = b"" if status in {204, 304} else draw(st.binary(max_size=300))
    lines = [f"{name}: {value}" for name, value in draw(st.lists(st.tuples(NAMES, VALUES)))]
    if draw(st.booleans()):
        lines.append(draw(st.sampled_from(["Connection: close", "Connection: keep-alive"])))
    if draw(st.booleans()):
        lines.append(f"content-LENGTH: {len(body)}")
    else:
        lines.append("Transfer-Encoding: chunked")
        body = chunked(body, draw(st.integers(1, 50)))
    head = f"HTTP/1.1 {status} {draw(st.sampled_from(['OK', 'Not Quite', '']))}\r\n"
    return head.encode() + "".join(f"{line}\r\n" for line in lines).encode() + b"\r\n" + body


@given(answers())
def test_an_answer_is_read_as_http_client_reads_it(received: bytes) -> None:
    reply = read_reply(stream(received))

    wire: Any = Wire(received)
    with http.client.HTTPResponse(wire, method="POST") as expected:
        expected.begin()
        assert (reply.status, reply.body) == (expected.status, expected.read())
        assert reply.is_last == expected.will_close


@given(answers(), st.data())
def test_half_an_answer_is_none(received: bytes, data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(received) - 1))

    try:
        reply = read_reply(stream(received[:cut]))
    except NoAnswer:
        return
    assert reply == read_reply(stream(received))  # a trailer or nothing was missing


def test_what_follows_is_left_for_the_next_answer() -> None:
    one, two = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\none", b"HTTP/1.1 204 No\r\n\r\n"
    both = stream(one + two)

    assert read_reply(both) == Reply(200, b"one")
    assert read_reply(both) == Reply(204, b"")


def test_an_interim_answer_is_passed_over() -> None:
    received = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"

    assert read_reply(stream(received)) == Reply(200, b"{}")


def test_a_body_of_unknown_length_ends_with_the_connection() -> None:
    assert read_reply(stream(b"HTTP/1.1 200 OK\r\n\r\nall")) == Reply(200, b"all", is_last=True)


def test_an_answer_that_has_no_body_may_tell_the_length_of_another() -> None:
    received = b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n"

    assert read_reply(stream(received + b"HTTP/")) == Reply(304, b"")


def test_an_old_server_closes() -> None:
    received = b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n"

    assert read_reply(stream(received)).is_last


@pytest.mark.parametrize(
    "received",
    [
        b"",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfour",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: +4\r\n\r\nfour",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nfour",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\nfour",
        b"HTTP/1.1 200 OK\r\nContent-Length: 0_4\r\n\r\nfour",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfour",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nfour",
        b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 101 + b"\r\n",
        b"HTTP/1.1 200 " + b"x" * 70_000,
    ],
)
def test_what_is_no_answer_is_told(received: bytes) -> None:
    with pytest.raises(NoAnswer):
        read_reply(stream(received))


def stream(received: bytes) -> io.BufferedReader:
    return io.BufferedReader(io.BytesIO(received))


def chunked(body: bytes, size: int) -> bytes:
    pieces = [body[start : start + size] for start in range(0, len(body), size)]
    return b"".join(b"%x;a=b\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
