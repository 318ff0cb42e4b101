from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Protocol

import pytest

from tests.contract.delivery.senders.webhook.receivers import (
    HOST,
    Authority,
    Canary,
    Receiver,
    Reply,
    authority,
    serving,
)

if TYPE_CHECKING:
    from collections.abc import Iterator


class Receive(Protocol):
    """Starts a receiver with these replies."""

    def __call__(self, *replies: Reply, plain: bool = False) -> Receiver: ...


@pytest.fixture(scope="session")
def trust() -> Authority:
    return authority(HOST)


@pytest.fixture
def receive(trust: Authority) -> Iterator[Receive]:
    """Receivers that serve until the test's end; with TLS unless `plain`."""
    with ExitStack() as stack:

        def start(*replies: Reply, plain: bool = False) -> Receiver:
            receiver = Receiver(None if plain else trust.receiver, *replies)
            stack.enter_context(serving(receiver))
            return receiver

        yield start


@pytest.fixture
def canary() -> Iterator[Canary]:
    listener = Canary()
    with serving(listener):
        yield listener
