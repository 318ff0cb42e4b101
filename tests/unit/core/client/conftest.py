from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import spillway
from tests.unit.api.system import KEY, System
from tests.unit.core.client.backend import URL, Transport, on_handlers

if TYPE_CHECKING:
    from tests.unit.api.system import Clock


class HandlersClock:
    """The handlers' own clock, as a client reads it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.pauses_s: list[float] = []

    def monotonic(self) -> float:
        return self._clock() / 1000

    def sleep(self, seconds: float, /) -> None:
        self.pauses_s.append(seconds)
        self._clock.sleep(seconds)


@pytest.fixture
def system(monkeypatch: pytest.MonkeyPatch) -> System:
    return System(monkeypatch)


@pytest.fixture
def transport(system: System) -> Transport:
    return on_handlers(system)


@pytest.fixture
def clock(system: System) -> HandlersClock:
    return HandlersClock(system.clock)


@pytest.fixture
def client(transport: Transport, clock: HandlersClock) -> spillway.Client:
    """A client of the handlers themselves: each call is answered by what is deployed."""
    limits = spillway.Limits(body_bytes=1000)
    return spillway.Client(URL, key=KEY, limits=limits, transport=transport, clock=clock)
