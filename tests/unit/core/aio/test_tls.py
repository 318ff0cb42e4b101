"""Over TLS, as to AWS: who answers is who was asked, or nothing is sent."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest
import trustme
from botocore.exceptions import EndpointConnectionError

from spillway.aws.aio import service, trust
from spillway.aws.light.connection import Timeout
from tests.unit.core.aio.test_service import Pauses, endpoint, within
from tests.unit.core.light.server import reply, serving
from tests.unit.core.light.test_service import REQUEST
from tests.unit.core.light.test_tls import AUTHORITY, certified

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Trust this authority, as botocore trusts those of a bundle that it is told of."""
    file = tmp_path / "authority.pem"
    AUTHORITY.cert_pem.write_to_path(str(file))
    monkeypatch.setenv("AWS_CA_BUNDLE", str(file))
    trust.tls.cache_clear()
    yield
    trust.tls.cache_clear()


def test_one_connection_serves_many_requests() -> None:
    async def thrice(one: service.Service) -> None:
        for _ in range(3):
            await one.send(REQUEST)

    with serving(*[reply(200)] * 3, tls=certified(AUTHORITY, "127.0.0.1")) as server:
        within(endpoint(server.url), Pauses(), thrice)

    assert [asked.connection for asked in server.asked] == [1, 1, 1]


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
        within(endpoint(server.url), Pauses(), lambda one: one.send(REQUEST))

    assert server.asked == []
    assert "CERTIFICATE_VERIFY_FAILED" in str(raised.value.__cause__)


def test_who_speaks_no_tls_is_not_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        to = endpoint(f"https://127.0.0.1:{silent.getsockname()[1]}")

        with pytest.raises(EndpointConnectionError):
            within(to, Pauses(), lambda one: one.send(REQUEST), Timeout(0.1, 60))
