from __future__ import annotations

import pytest

from tests.simulation.faults import LATE_S, Call, fate
from tests.simulation.plan import Plan
from tests.simulation.troubles import OF_CALLS, Trouble

CALLS = [Call("w1.0", "write", "acme/j0", number) for number in range(500)]


@pytest.mark.parametrize("trouble", OF_CALLS)
def test_a_trouble_befalls_as_many_calls_as_its_rate_says(trouble: Trouble) -> None:
    befallen = [fate(7, {trouble: 0.3}, call).trouble for call in CALLS]

    assert 100 < befallen.count(trouble) < 200


def test_a_trouble_that_is_taken_out_moves_no_other() -> None:
    both = {Trouble.REFUSED: 0.3, Trouble.SLOW: 0.3}
    before = [fate(7, both, call) for call in CALLS]
    after = [fate(7, {Trouble.SLOW: 0.3}, call) for call in CALLS]

    assert all(
        one == other
        for one, other in zip(before, after, strict=True)
        if one.trouble is not Trouble.REFUSED
    )


def test_a_late_call_comes_when_its_sender_has_long_gone_on() -> None:
    late = [fate(7, {Trouble.LATE: 1.0}, call) for call in CALLS]

    assert max(one.there_s for one in late) > LATE_S - 1


def test_a_trouble_may_be_ruled_out_for_a_call() -> None:
    assert not any(
        fate(7, {Trouble.LATE: 1.0}, call, never=[Trouble.LATE]).trouble for call in CALLS
    )


def test_a_seed_decides_all() -> None:
    assert Plan.draw(5) == Plan.draw(5)
    assert Plan.draw(5) != Plan.draw(6)


def test_a_plan_without_a_trouble_or_a_job_is_else_the_same() -> None:
    plan = next(
        plan for plan in map(Plan.draw, range(99)) if plan.has(Trouble.SLOW) and plan.jobs[3:]
    )

    smaller = plan.without([Trouble.SLOW], jobs=[1])

    assert not smaller.has(Trouble.SLOW)
    assert smaller.jobs == (plan.jobs[0], *plan.jobs[2:])
    assert smaller.life(0, 0, 0.0) == plan.life(0, 0, 0.0)
