"""Credentials on a loop: asked for elsewhere, now and then, by one caller for all."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import TYPE_CHECKING

import pytest
from botocore.credentials import ReadOnlyCredentials
from botocore.exceptions import CredentialRetrievalError

from spillway.aws.aio.keys import CHECK_S, Keys
from spillway.aws.light.environment import Credentials

if TYPE_CHECKING:
    from collections.abc import Callable


class Role:
    """A task's role, as botocore has it: the keys may be others each time."""

    def __init__(self) -> None:
        self.asked = 0
        self.threads: set[int] = set()
        self.gives = "first"
        self.is_away = False

    def get_frozen_credentials(self) -> ReadOnlyCredentials:
        self.asked += 1
        self.threads.add(threading.get_ident())
        time.sleep(0.01)
        if self.is_away:
            raise CredentialRetrievalError(provider="container-role", error_msg="timed out")
        return ReadOnlyCredentials(self.gives, "secret", "token")


class Clock:
    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def role() -> Role:
    return Role()


@pytest.fixture
def clock() -> Clock:
    return Clock()


def keys(role: Role, clock: Callable[[], float]) -> Keys:
    return Keys(role, clock)  # type: ignore[arg-type]


def test_many_calls_ask_once_and_on_another_thread(role: Role, clock: Clock) -> None:
    async def scenario() -> list[Credentials]:
        one = keys(role, clock)
        return await asyncio.gather(*(one.current() for _ in range(50)))

    told = asyncio.run(scenario())

    assert set(told) == {Credentials("first", "secret", "token")}
    assert role.asked == 1
    assert threading.get_ident() not in role.threads


def test_a_role_s_next_keys_are_taken_before_the_last_ones_expire(role: Role, clock: Clock) -> None:
    async def scenario() -> list[str]:
        one = keys(role, clock)
        told = [(await one.current()).key_id]
        role.gives = "second"
        for _ in range(2):
            clock.now_s += CHECK_S / 2
            told.append((await one.current()).key_id)
        return told

    assert asyncio.run(scenario()) == ["first", "first", "second"]


def test_keys_that_stay_the_same_are_the_same_object(role: Role, clock: Clock) -> None:
    """Whoever signs derives a key for each."""

    async def scenario() -> tuple[Credentials, Credentials]:
        one = keys(role, clock)
        before = await one.current()
        clock.now_s += CHECK_S
        return before, await one.current()

    before, after = asyncio.run(scenario())

    assert before is after
    assert role.asked == 2


def test_a_role_that_gives_no_keys_is_told_and_asked_again(role: Role, clock: Clock) -> None:
    async def scenario() -> Credentials:
        one = keys(role, clock)
        role.is_away = True
        with pytest.raises(CredentialRetrievalError):
            await one.current()
        role.is_away = False
        return await one.current()

    assert asyncio.run(scenario()).key_id == "first"
