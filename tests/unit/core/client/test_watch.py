"""A job is looked at as often as the API asks for, else less and less often."""

from __future__ import annotations

from itertools import chain, repeat
from typing import TYPE_CHECKING

import pytest

import spillway
from spillway.client.watch import watched
from tests.unit.core.client.backend import JOB, VirtualClock, reply

if TYPE_CHECKING:
    import urllib3

RUNNING = reply(200, JOB | {"status": "RUNNING"})
SUCCEEDED = reply(200, JOB | {"status": "SUCCEEDED"})


def pauses_s(*answers: urllib3.BaseHTTPResponse, ends_s: float = 1000) -> list[float]:
    """How long it pauses between these answers, the last of them for ever."""
    left, clock = chain(answers, repeat(answers[-1])), VirtualClock()
    try:
        list(watched(lambda: next(left), clock, ends_s=ends_s))
    except spillway.Unfinished:
        assert clock.now_s == ends_s
    return clock.pauses_s


def test_looks_become_rarer_where_nothing_is_asked() -> None:
    assert pauses_s(*[RUNNING] * 7, SUCCEEDED) == [0.25, 0.5, 1, 2, 4, 5, 5]


@pytest.mark.parametrize(("asked_s", "first_s"), [(0, 0.25), (2, 2), (30, 30)])
def test_the_api_may_ask_for_rarer_looks(asked_s: int, first_s: float) -> None:
    asking = reply(200, JOB, Retry_After=str(asked_s))

    assert pauses_s(asking, SUCCEEDED) == [first_s]


def test_the_last_look_is_at_the_end() -> None:
    assert pauses_s(RUNNING, ends_s=18) == [0.25, 0.5, 1, 2, 4, 5, 5, 0.25]


def test_a_job_that_has_ended_is_looked_at_once() -> None:
    assert pauses_s(SUCCEEDED) == []
