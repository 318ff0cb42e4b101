"""The system's resolver, and what an event loop does not have to wait for."""

from __future__ import annotations

import asyncio
import socket
import time
from threading import Event

import pytest

from delivery.senders.webhook.resolver import SystemResolver


def resolved(host: str, *, within_s: float = 5) -> list[str]:
    async def ask() -> list[str]:
        async with asyncio.timeout(within_s):
            return list(await SystemResolver().resolve(host))

    return asyncio.run(ask())


@pytest.mark.parametrize("address", ["8.8.8.8", "2001:4860:4860::8888"])
def test_an_address_is_its_own_and_is_told_once(address: str) -> None:
    assert resolved(address) == [address]


def test_every_address_of_a_name_is_told_in_the_systems_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = [
        (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("2606:4700::1", 0, 0, 0)),
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("1.1.1.1", 0)),
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.1", 0)),
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("1.1.1.1", 0)),
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)

    assert resolved("hooks.example.com") == ["2606:4700::1", "1.1.1.1", "10.0.0.1"]


@pytest.mark.parametrize("host", ["a" * 64 + ".example.com", "a..example.com"])
def test_a_name_that_cant_be_looked_up_is_an_error_like_any_other(host: str) -> None:
    with pytest.raises(OSError, match="not a name"):
        resolved(host)


def test_a_look_up_that_hangs_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    answered = Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answered.wait(30) and [])
    began_s = time.monotonic()

    with pytest.raises(TimeoutError):
        resolved("hooks.example.com", within_s=0.1)

    assert time.monotonic() - began_s < 10
    answered.set()
