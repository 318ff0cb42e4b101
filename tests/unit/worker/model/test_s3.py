"""S3 is asked for ranges with a signature; what it answers tells whether to ask again."""

from __future__ import annotations

import ssl
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import pytest
import trustme

from spillway.errors import ModelLoadFailed
from tests.unit.core.light.server import reply, serving
from worker.model.opening import open_source
from worker.model.source import CutShort, Replaced

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.unit.core.light.server import Server, Step
    from worker.model.source import Source

CONTENT = bytes(range(200))


def ranged(start: int, end: int, etag: str = '"1"') -> bytes:
    """S3's answer to a range of the content."""
    where = f"content-range: bytes {start}-{end - 1}/{len(CONTENT)}"
    return reply(206, CONTENT[start:end], f"etag: {etag}", where)


def refusal(status: int, code: str, *headers: str) -> bytes:
    body = f"<Error><Code>{code}</Code><Message>In S3's words</Message></Error>"
    return reply(status, body.encode(), *headers)


class World:
    """What the environment says, and the sources that are open in it."""

    def __init__(self, environment: pytest.MonkeyPatch, closing: ExitStack) -> None:
        self.setenv, self.delenv = environment.setenv, environment.delenv
        self._closing = closing

    @contextmanager
    def serving(self, *script: Step, tls: ssl.SSLContext | None = None) -> Iterator[Server]:
        """Serve the script; what was opened meanwhile is closed before the server is."""
        with serving(*script, tls=tls) as server, ExitStack() as self._closing:
            yield server

    def open(self, uri: str = "s3://models/a/b/", *, at: Server | None = None) -> Source:
        if at is not None:
            self.setenv("AWS_ENDPOINT_URL", at.url)
        source = open_source(uri)
        self._closing.callback(source.close)
        return source


@pytest.fixture
def aws(aws_environment: pytest.MonkeyPatch) -> Iterator[World]:
    with ExitStack() as closing:
        yield World(aws_environment, closing)


def read_range(source: Source, start: int, end: int) -> bytes:
    return b"".join(bytes(piece) for piece in source.stream("dir/file", start, end))


def test_a_range_is_asked_for_with_a_signature(aws: World) -> None:
    aws.setenv("AWS_SESSION_TOKEN", "token")
    with aws.serving(ranged(50, 150)) as server:
        assert read_range(aws.open(at=server), 50, 150) == CONTENT[50:150]

    [asked] = server.asked
    assert asked.line == "GET /models/a/b/dir/file HTTP/1.1"
    assert asked.headers["range"] == "bytes=50-149"
    assert asked.headers["x-amz-security-token"] == "token"
    assert (
        "/eu-central-1/s3/aws4_request, SignedHeaders=host;range;"
        in (asked.headers["authorization"])
    )


def test_a_file_is_read_whole_whatever_its_name(aws: World) -> None:
    with aws.serving(reply(200, CONTENT)) as server:
        assert aws.open(at=server).read("größe 1+1.txt") == CONTENT

    assert server.asked[0].line == "GET /models/a/b/gr%C3%B6%C3%9Fe%201%2B1.txt HTTP/1.1"


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("s3://models/a/b", "/models/a/b/f"),
        ("s3://models//a/b//", "/models/a/b/f"),
        ("s3://models", "/models/f"),
    ],
)
def test_a_prefix_is_taken_with_or_without_its_slash(aws: World, uri: str, path: str) -> None:
    with aws.serving(reply(200, b"")) as server:
        aws.open(uri, at=server).read("f")

    assert server.asked[0].line == f"GET {path} HTTP/1.1"


def test_one_connection_is_used_again(aws: World) -> None:
    with aws.serving(ranged(0, 100), ranged(100, 200)) as server:
        source = aws.open(at=server)

        assert read_range(source, 0, 100) + read_range(source, 100, 200) == CONTENT

    assert server.connections == 1


def test_a_range_that_was_not_read_to_its_end_is_no_ones_next_answer(
    aws: World,
) -> None:
    with aws.serving(ranged(0, 100), ranged(100, 200)) as server:
        source = aws.open(at=server)
        stream = source.stream("dir/file", 0, 100)
        assert len(next(stream)) == 100
        stream.close()

        assert read_range(source, 100, 200) == CONTENT[100:]


@pytest.mark.parametrize(
    ("status", "code", "reason"),
    [
        (404, "NoSuchKey", "there is no such object"),
        (404, "NoSuchBucket", "there is no such bucket"),
        (403, "AccessDenied", "the task's role may not read it"),
        (416, "InvalidRange", "the object is shorter than its manifest says"),
        (403, "InvalidAccessKeyId", "In S3's words"),
    ],
)
def test_a_refusal_fails_the_load_with_its_reason(
    aws: World, status: int, code: str, reason: str
) -> None:
    with (
        aws.serving(refusal(status, code)) as server,
        pytest.raises(ModelLoadFailed, match=f"s3://models/a/b/dir/file: .*{reason}.*{code}"),
    ):
        read_range(aws.open(at=server), 0, 10)


@pytest.mark.parametrize("step", [refusal(503, "SlowDown"), refusal(500, "InternalError"), None])
def test_what_may_pass_may_be_asked_again(aws: World, step: bytes | None) -> None:
    with aws.serving(step, ranged(0, 10)) as server:
        source = aws.open(at=server)
        with pytest.raises(CutShort, match="s3://models/a/b/dir/file: "):
            read_range(source, 0, 10)

        assert read_range(source, 0, 10) == CONTENT[:10]


def test_where_nobody_listens_it_may_be_asked_again(aws: World) -> None:
    aws.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")

    with pytest.raises(CutShort, match="refused"):
        aws.open("s3://models/a/").read("f")


def test_a_body_that_breaks_off_gives_what_came(aws: World) -> None:
    with aws.serving(ranged(0, 100)[:-40] + b"", None) as server:
        source = aws.open(at=server)
        server.script.insert(1, b"closed")

        assert read_range(source, 0, 100) == CONTENT[:60]


def test_an_object_that_is_replaced_while_it_is_read_is_told(aws: World) -> None:
    steps = ranged(0, 100), refusal(412, "PreconditionFailed"), ranged(100, 200, '"2"')
    with aws.serving(*steps) as server:
        source = aws.open(at=server)
        read_range(source, 0, 100)

        with pytest.raises(Replaced, match="s3://models/a/b/dir/file: was replaced"):
            read_range(source, 100, 200)

        assert read_range(source, 100, 200) == CONTENT[100:], "then it is another"
    assert [asked.headers.get("if-match") for asked in server.asked] == [None, '"1"', None]


def test_an_endpoint_that_knows_no_conditions_can_t_hide_it(aws: World) -> None:
    with aws.serving(ranged(0, 100), ranged(100, 200, '"2"')) as server:
        source = aws.open(at=server)
        read_range(source, 0, 100)

        with pytest.raises(Replaced):
            read_range(source, 100, 200)


def test_an_endpoint_that_knows_no_ranges_is_told(aws: World) -> None:
    with (
        aws.serving(reply(200, CONTENT)) as server,
        pytest.raises(ModelLoadFailed, match="the endpoint knows no ranges"),
    ):
        read_range(aws.open(at=server), 5, 10)


def test_a_bucket_elsewhere_is_asked_in_its_own_region(aws: World) -> None:
    moved = refusal(301, "PermanentRedirect", "x-amz-bucket-region: us-west-2")
    with aws.serving(moved, reply(200, CONTENT)) as server:
        source = aws.open(at=server)
        with pytest.raises(CutShort, match="the bucket lies in us-west-2"):
            source.read("f")

        assert source.read("f") == CONTENT

    assert "/us-west-2/s3/aws4_request" in server.asked[1].headers["authorization"]


def test_on_aws_the_bucket_stands_in_the_hosts_name(aws: World) -> None:
    source = aws.open("s3://models/a/")

    assert source._endpoint.origin == "https://models.s3.eu-central-1.amazonaws.com"  # type: ignore[attr-defined]
    with pytest.raises(CutShort):
        source._follow("f", "us-west-2")  # type: ignore[attr-defined]
    assert source._endpoint.origin == "https://models.s3.us-west-2.amazonaws.com"  # type: ignore[attr-defined]


def test_without_credentials_nothing_helps(aws: World) -> None:
    aws.delenv("AWS_ACCESS_KEY_ID")

    with pytest.raises(ModelLoadFailed, match="credentials"):
        aws.open("s3://models/a/").read("f")


# --- TLS and proxies


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def tls(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


def test_over_tls_the_server_is_known_by_who_vouches_for_it(
    aws: World, authority: trustme.CA, tls: ssl.SSLContext, tmp_path: Path
) -> None:
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    aws.setenv("AWS_CA_BUNDLE", str(tmp_path / "ca.pem"))
    with aws.serving(ranged(0, 200), tls=tls) as server:
        assert read_range(aws.open(at=server), 0, 200) == CONTENT


def test_a_server_that_nobody_vouches_for_is_told_nothing(aws: World, tls: ssl.SSLContext) -> None:
    with aws.serving(ranged(0, 200), tls=tls) as server:
        with pytest.raises(CutShort, match="CERTIFICATE_VERIFY_FAILED"):
            read_range(aws.open(at=server), 0, 200)

        assert server.asked == []


def test_a_proxy_is_told_the_whole_address(aws: World) -> None:
    with aws.serving(reply(200, CONTENT)) as proxy:
        aws.setenv("HTTP_PROXY", proxy.url)
        aws.setenv("AWS_ENDPOINT_URL", "http://s3.example")

        assert aws.open("s3://models/a/").read("f") == CONTENT

    assert proxy.asked[0].line == "GET http://models.s3.example/a/f HTTP/1.1"
    assert proxy.asked[0].headers["host"] == "models.s3.example"


def test_over_tls_a_proxy_is_a_tunnel(aws: World) -> None:
    with aws.serving(reply(407)) as proxy:
        aws.setenv("HTTPS_PROXY", proxy.url.replace("//", "//user:p%40ss@"))
        source = aws.open("s3://models/a/")

        with pytest.raises(CutShort, match="407"):
            source.read("f")

    asked = proxy.asked[0]
    assert asked.line == "CONNECT models.s3.eu-central-1.amazonaws.com:443 HTTP/1.1"
    assert asked.headers["proxy-authorization"] == "Basic dXNlcjpwQHNz"
