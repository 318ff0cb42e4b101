"""Each host is reached by the way that the environment names, over few connections."""

from __future__ import annotations

from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from time import sleep
from typing import TYPE_CHECKING, ClassVar

import pytest
import urllib3

import spillway
from spillway.client.pools import Pools

if TYPE_CHECKING:
    from collections.abc import Iterator

PROXY = "http://proxy.example:3128"
VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxy but a test's own."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


class Noting(BaseHTTPRequestHandler):
    """Notes what is asked, as a proxy is asked or a host itself, and over which connection."""

    protocol_version = "HTTP/1.1"
    asked: ClassVar[list[str]]
    connections: ClassVar[set[int]]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.connections.add(self.client_address[1])
        # Long enough for all who may come at once to have come.
        sleep(0.05)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        """Say nothing."""


@contextmanager
def listening() -> Iterator[tuple[str, type[Noting]]]:
    """A server's address, and what it notes."""

    class Noted(Noting):
        asked: ClassVar[list[str]] = []
        connections: ClassVar[set[int]] = set()

    with ThreadingHTTPServer(("127.0.0.1", 0), Noted) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", Noted
        server.shutdown()


def get(pools: Pools, url: str) -> int:
    timeout = urllib3.Timeout(connect=5, read=5)
    answer = pools.request("GET", url, headers={}, timeout=timeout, retries=False, redirect=False)
    return answer.status


@pytest.mark.parametrize(
    ("url", "proxy"),
    [
        ("https://api.example/v1", PROXY),
        ("http://api.example/v1", None),
        ("https://api.inside.example/v1", None),
        ("https://127.0.0.1:4566/v1", None),
        ("https://[::1]:4566/v1", None),
        ("https://localhost/v1", None),
    ],
)
def test_the_environment_s_proxy_is_gone_by(
    monkeypatch: pytest.MonkeyPatch, url: str, proxy: str | None
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", PROXY)
    monkeypatch.setenv("NO_PROXY", "inside.example")

    pool = Pools(spillway.Limits()).pool(url)

    assert (str(pool.proxy) if pool.proxy else None) == proxy


def test_an_api_inside_may_have_its_buckets_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    with listening() as (address, noted):
        monkeypatch.setenv("HTTP_PROXY", address)
        pools = Pools(spillway.Limits())

        assert get(pools, f"{address}/v1/jobs") == 200
        assert get(pools, "http://bucket.example/results/1.json") == 200
        pools.clear()

    assert noted.asked == ["/v1/jobs", "http://bucket.example/results/1.json"]


@pytest.mark.parametrize("scheme", ["http://", ""])
def test_a_proxy_is_told_who_asks(monkeypatch: pytest.MonkeyPatch, scheme: str) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"{scheme}me%40home:pass%3Aword@proxy.example:3128")

    pool = Pools(spillway.Limits()).pool("https://api.example/v1")

    assert isinstance(pool, urllib3.ProxyManager)
    assert str(pool.proxy) == PROXY
    proof = b64encode(b"me@home:pass:word").decode()
    assert pool.proxy_headers == {"proxy-authorization": f"Basic {proof}"}


@pytest.mark.parametrize("is_proxied", [False, True])
def test_a_host_gets_no_more_connections_than_are_allowed(
    monkeypatch: pytest.MonkeyPatch, is_proxied: bool
) -> None:
    with listening() as (address, noted):
        if is_proxied:
            monkeypatch.setenv("HTTP_PROXY", address)
        pools = Pools(spillway.Limits(connections=2))
        url = "http://bucket.example/" if is_proxied else f"{address}/"
        with ThreadPoolExecutor(6) as threads:
            assert list(threads.map(lambda _: get(pools, url), range(6))) == [200] * 6
        pools.clear()

    assert len(noted.connections) == 2
