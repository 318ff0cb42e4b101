"""Over TLS, as to AWS: who answers is who was asked, or nothing is sent."""

from __future__ import annotations

import socket
import ssl
from typing import TYPE_CHECKING

import pytest
import trustme
from botocore.exceptions import EndpointConnectionError

from spillway.aws.light import connection
from spillway.aws.light.connection import Connection, Timeout
from spillway.aws.light.errors import NotConnected
from tests.unit.core.light.server import CLOSED, reply, serving
from tests.unit.core.light.test_service import REQUEST, service

if TYPE_CHECKING:
    from pathlib import Path

AUTHORITY = trustme.CA()


@pytest.fixture(autouse=True)
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Trust this authority, as a machine trusts those of its own file."""
    file = tmp_path / "authority.pem"
    AUTHORITY.cert_pem.write_to_path(str(file))
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    connection._tls.cache_clear()


def certified(authority: trustme.CA, name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


def test_one_connection_serves_many_requests_and_is_opened_anew_once_closed() -> None:
    pauses: list[float] = []
    steps = [reply(200), reply(200), CLOSED, reply(200)]
    with serving(*steps, tls=certified(AUTHORITY, "127.0.0.1")) as server:
        one = service(server.url, pauses)
        one.send(REQUEST)
        one.send(REQUEST)
        server.wait_until_closed()
        one.send(REQUEST)
        one.close()

    assert [asked.connection for asked in server.asked] == [1, 1, 2]
    assert pauses == []


@pytest.mark.parametrize(
    ("authority", "name"),
    [
        pytest.param(AUTHORITY, "elsewhere.example", id="another name"),
        pytest.param(trustme.CA(), "127.0.0.1", id="an authority that nobody trusts"),
    ],
)
def test_who_cannot_prove_its_name_is_told_nothing(authority: trustme.CA, name: str) -> None:
    with (
        serving(tls=certified(authority, name)) as server,
        pytest.raises(EndpointConnectionError) as raised,
    ):
        service(server.url, []).send(REQUEST)

    assert server.asked == []
    assert "CERTIFICATE_VERIFY_FAILED" in str(raised.value.__cause__)


def test_who_speaks_no_tls_is_not_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        endpoint = f"https://127.0.0.1:{silent.getsockname()[1]}"

        with pytest.raises(NotConnected, match="timed out"):
            Connection(endpoint, Timeout(0.3, 60)).exchange("POST", "/", {}, b"")
