from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.session import get_session

from benchmarks.worker.standin import StandIn, stand_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

type Clients = Callable[[str], Any]


@pytest.fixture(scope="session")
def one_stand_in() -> Iterator[StandIn]:
    with stand_in() as aws:
        yield aws


@pytest.fixture
def aws(one_stand_in: StandIn) -> StandIn:
    """The stand-in with an empty queue, answering at once."""
    one_stand_in.start(latency_ms=0)
    return one_stand_in


@pytest.fixture
def client(aws: StandIn, monkeypatch: pytest.MonkeyPatch) -> Clients:
    """botocore's clients of it."""
    for name in ("http_proxy", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)
    session = get_session()

    def made(service: str) -> Any:
        return session.create_client(
            service,
            endpoint_url=aws.url,
            region_name="us-east-1",
            aws_access_key_id="id",
            aws_secret_access_key="secret",
        )

    return made
