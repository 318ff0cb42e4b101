from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from scaling.engine.clock import RealClock, VirtualClock
from scaling.engine.kernel import Kernel

if TYPE_CHECKING:
    from collections.abc import Iterator


class Told(list[tuple[str, float]]):
    """Who had a turn, and when."""


def ticking(told: Told, name: str, kernel: Kernel, *waits_s: float) -> Iterator[float]:
    for wait_s in waits_s:
        told.append((name, kernel.now_s()))
        yield wait_s
    told.append((name, kernel.now_s()))


def test_processes_take_turns_in_time() -> None:
    kernel, told = Kernel(VirtualClock(100)), Told()
    kernel.start(ticking(told, "slow", kernel, 5))
    kernel.start(ticking(told, "fast", kernel, 2, 2), after_s=1)

    kernel.run()

    assert told == [("slow", 100), ("fast", 101), ("fast", 103), ("slow", 105), ("fast", 105)]


def test_a_run_stops_at_its_end_and_goes_on_with_the_next() -> None:
    kernel, told = Kernel(VirtualClock()), Told()
    kernel.start(ticking(told, "one", kernel, 10, 10))

    kernel.run(until_s=15)
    assert (len(told), kernel.now_s()) == (2, 15)

    kernel.run(until_s=20)
    assert told[-1] == ("one", 20)


def test_a_process_that_fails_is_over_and_the_others_go_on() -> None:
    def failing() -> Iterator[float]:
        yield 1
        raise RuntimeError("broken")

    kernel, told = Kernel(VirtualClock()), Told()
    kernel.start(failing())
    kernel.start(ticking(told, "other", kernel, 5))

    with pytest.raises(RuntimeError, match="broken"):
        kernel.run()
    kernel.run()

    assert told == [("other", 0), ("other", 5)]


def test_virtual_time_never_goes_back() -> None:
    clock = VirtualClock(10)

    clock.wait_until(4)

    assert clock.now_s() == 10


def test_real_time_passes_until_it_is_stopped() -> None:
    clock = RealClock()
    kernel, told = Kernel(clock), Told()
    begun_s = clock.now_s()
    kernel.start(ticking(told, "one", kernel, 0.02, 3600))
    threading.Timer(0.2, clock.stop).start()

    kernel.run()

    assert [name for name, _ in told] == ["one", "one"]
    assert 0.02 <= told[1][1] - begun_s < 5


def test_turns_that_were_missed_are_not_made_up_for() -> None:
    clock = VirtualClock()
    kernel, told = Kernel(clock), Told()
    kernel.start(ticking(told, "one", kernel, 10, 10, 10))
    kernel.run(until_s=5)

    clock.wait_until(1000)
    kernel.run(until_s=1030)

    assert [at_s for _, at_s in told] == [0, 1000, 1000, 1010]
