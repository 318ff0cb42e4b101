"""The runs can fail: with a rule broken, one of the first hundreds goes wrong."""

from __future__ import annotations

import pytest

from tests.simulation.invariants import violations
from tests.simulation.mutants import MUTANTS
from tests.simulation.plan import Plan
from tests.simulation.shrinking import shrunk
from tests.simulation.world import simulate

WITHIN = 400
"""Seeds by which each broken rule must have been found: ten seconds of runs."""


def invariants(plan: Plan) -> set[str]:
    """The invariants that this run violates."""
    return {what.partition(":")[0] for what in violations(simulate(plan))}


@pytest.mark.parametrize("name", MUTANTS)
def test_a_broken_rule_is_found(name: str) -> None:
    mutant = MUTANTS[name]

    with mutant.applied():
        found = any(mutant.breaks in invariants(Plan.draw(seed)) for seed in range(WITHIN))

    assert found


def test_a_fence_that_is_gone_lets_a_stale_result_win() -> None:
    with MUTANTS["fence"].applied():
        found = any("right result" in invariants(Plan.draw(seed)) for seed in range(WITHIN))

    assert found


def test_a_broken_rule_is_whole_again_afterwards() -> None:
    with MUTANTS["ack"].applied():
        assert invariants(Plan.draw(0))

    assert not invariants(Plan.draw(0))


def test_what_goes_wrong_is_made_as_small_as_it_can_be() -> None:
    with MUTANTS["ack"].applied():
        smallest = shrunk(Plan.draw(0), lambda plan: bool(invariants(plan)))

    assert not smallest.rates
    assert len(smallest.jobs) == 1
