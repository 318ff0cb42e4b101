"""Tasks go when there is no work for them, and no other ones: down to what works, then to zero.

By itself this takes as long as scaling in does; after the other tests little of it is left.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.acceptance.scaled import MODELS

if TYPE_CHECKING:
    from tests.acceptance.scaled import Held, Scaled

SCALED_IN_S = 300
"""The alarm's three minutes, the one that began before them, and what the metrics lag."""
BACK_TO_ZERO_S = 600
"""Twice that where the last task goes after others: the policy's cooldown lies between."""
STOPPED_S = 60


def test_tasks_that_work_outlive_those_that_are_too_many(
    scaled: Scaled, held: Held, patient: list[str], flood: list[str]
) -> None:
    # Given eight tasks, until those have gone that neither work nor hold a job that waits
    system = scaled.system
    scaled.until(lambda: system.desired_tasks("busy") <= 4, SCALED_IN_S)
    kept = system.desired_tasks("busy")
    scaled.until(lambda: len(system.worker_pids("busy")) == kept, STOPPED_S)

    # Then both long jobs are still at their first attempt, and all end with it
    jobs = [scaled.caller.job(each) for each in held.job_ids]
    assert [(job["status"], job["attempts"]) for job in jobs] == [("RUNNING", 1)] * 2
    held.release()
    assert scaled.ended(held.job_ids + held.shorter) == [("SUCCEEDED", 1)] * 8


def test_without_work_all_go_back_to_zero_and_nothing_is_lost(
    scaled: Scaled, patient: list[str], flood: list[str]
) -> None:
    system, models = scaled.system, MODELS.keys() - {"busy"}

    scaled.until(lambda: not any(map(system.desired_tasks, models)), BACK_TO_ZERO_S)

    scaled.until(lambda: not any(map(system.worker_pids, models)), STOPPED_S)
    assert set(scaled.ended([*patient, *flood])) == {("SUCCEEDED", 1)}
    assert [system.backlog(each) for each in MODELS] == [0] * len(MODELS)
    assert [system.dead_letters(each) for each in MODELS] == [[]] * len(MODELS)
