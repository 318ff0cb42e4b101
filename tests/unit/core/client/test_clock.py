"""Real time passes, and a thread that is to stop sleeps no longer."""

from __future__ import annotations

import time
from concurrent.futures import CancelledError
from contextvars import copy_context
from threading import Event

import pytest

from spillway.client.clock import WALL_CLOCK, stop_at


def test_a_sleep_lasts_as_long_as_it_is_to() -> None:
    began_s = WALL_CLOCK.monotonic()

    WALL_CLOCK.sleep(0.02)

    assert WALL_CLOCK.monotonic() - began_s >= 0.02
    assert WALL_CLOCK.monotonic() == pytest.approx(time.monotonic(), abs=1)


def test_who_is_to_stop_does_not_sleep() -> None:
    stop = Event()
    stop.set()

    def sleep() -> None:
        stop_at(stop)
        with pytest.raises(CancelledError):
            WALL_CLOCK.sleep(60)

    copy_context().run(sleep)


def test_nobody_else_is_stopped() -> None:
    stop = Event()
    stop.set()
    copy_context().run(stop_at, stop)

    WALL_CLOCK.sleep(0)
