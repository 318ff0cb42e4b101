"""Many calls at once, their answers in order."""

from __future__ import annotations

import threading
import time

import pytest

from spillway.client.batch import in_order


def test_the_answers_are_in_order_though_the_calls_are_not() -> None:
    def slower_first(n: int) -> int:
        time.sleep(0.02 if n % 2 == 0 else 0)
        return n * n

    assert list(in_order(slower_first, range(20), concurrency=4)) == [n * n for n in range(20)]


def test_no_more_calls_run_at_once_than_are_allowed() -> None:
    running, most, lock = 0, 0, threading.Lock()

    def call(_: int) -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.005)
        with lock:
            running -= 1

    list(in_order(call, range(40), concurrency=3))

    assert most == 3


def test_who_stops_listening_stops_the_calls() -> None:
    called: list[int] = []
    answers = in_order(called.append, range(1000), concurrency=1)

    next(answers)
    answers.close()

    assert len(called) <= 2


def test_an_error_is_raised_in_its_place() -> None:
    answers = in_order(lambda n: 10 // n, [5, 0, 2], concurrency=2)

    assert next(answers) == 2
    with pytest.raises(ZeroDivisionError):
        next(answers)


def test_nothing_has_no_answers() -> None:
    assert list(in_order(str, [], concurrency=4)) == []
