"""From a run that goes wrong to the smallest one that still does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.simulation.plan import Plan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def shrunk(plan: Plan, is_red: Callable[[Plan], bool]) -> Plan:
    """The plan with one thing after another taken out of it, as long as it stays red."""
    while smaller := next(filter(is_red, _smaller(plan)), None):
        plan = smaller
    return plan


def command(plan: Plan, *more: str) -> str:
    """What makes this run again."""
    whole = Plan.draw(plan.seed)
    without = [str(trouble) for trouble in whole.rates if trouble not in plan.rates]
    gone = {job.number for job in whole.jobs} - {job.number for job in plan.jobs}
    words = ["--without", ",".join(without)] if without else []
    words += ["--without-jobs", ",".join(map(str, sorted(gone)))] if gone else []
    words += more
    arguments = f' ARGS="{" ".join(words)}"' if words else ""
    return f"make simulate-worker SEED={plan.seed}{arguments}"


def _smaller(plan: Plan) -> Iterator[Plan]:
    for trouble in plan.rates:
        yield plan.without([trouble])
    if len(plan.jobs) > 1:
        for job in plan.jobs:
            yield plan.without(jobs=[job.number])
