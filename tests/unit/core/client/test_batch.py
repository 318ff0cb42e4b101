"""Many calls at once, their answers in order."""

from __future__ import annotations

import threading
import time
from concurrent.futures import CancelledError

import pytest

from spillway.client.batch import in_order
from spillway.client.clock import WALL_CLOCK


def test_the_answers_are_in_order_though_the_calls_are_not() -> None:
    def slower_first(n: int) -> int:
        time.sleep(0.02 if n % 2 == 0 else 0)
        return n * n

    assert list(in_order(slower_first, range(20), concurrency=4)) == [n * n for n in range(20)]


def test_no_more_calls_run_at_once_than_are_allowed() -> None:
    running, most, lock = 0, 0, threading.Lock()
    three = threading.Barrier(3, timeout=5)

    def call(_: int) -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        three.wait()
        with lock:
            running -= 1

    list(in_order(call, range(39), concurrency=3))

    assert most == 3


def test_who_stops_listening_stops_the_calls() -> None:
    begun: list[int] = []
    may_end = threading.Event()

    def call(n: int) -> None:
        begun.append(n)
        if n:
            may_end.wait(5)

    # Given two calls that last, and a fourth behind them
    answers = in_order(call, range(1000), concurrency=2)
    next(answers)
    threading.Timer(0.05, may_end.set).start()

    answers.close()

    assert 3 not in begun


def test_who_stops_listening_waits_for_nobody_who_sleeps() -> None:
    woken: list[BaseException] = []
    asleep = threading.Barrier(3, timeout=5)

    def call(n: int) -> None:
        if n:
            asleep.wait()
            try:
                WALL_CLOCK.sleep(60)
            except CancelledError as error:
                woken.append(error)

    # Given two calls that are to be sent again in a minute
    answers = in_order(call, range(1000), concurrency=2)
    next(answers)
    asleep.wait()

    began_s = time.monotonic()
    answers.close()

    assert len(woken) == 2
    assert time.monotonic() - began_s < 5


def test_an_error_is_raised_in_its_place() -> None:
    answers = in_order(lambda n: 10 // n, [5, 0, 2], concurrency=2)

    assert next(answers) == 2
    with pytest.raises(ZeroDivisionError):
        next(answers)


def test_nothing_has_no_answers() -> None:
    assert list(in_order(str, [], concurrency=4)) == []
