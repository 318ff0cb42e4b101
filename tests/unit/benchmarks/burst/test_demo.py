"""A shortfall is told, whichever it is."""

from __future__ import annotations

import pytest

from benchmarks.burst.demo import faults
from benchmarks.burst.story import Life, Sample, Story

ASLEEP = Sample(at_s=9, waiting=0, in_flight=0, desired=0, running=0, estimated_delay_s=0)
AWAKE = Sample(at_s=9, waiting=0, in_flight=0, desired=1, running=0, estimated_delay_s=0)
DONE = Life(accepted_s=0, ended_s=1, end="SUCCEEDED")


def test_nothing_is_amiss_where_each_job_is_done_and_the_model_sleeps() -> None:
    assert not list(faults(2, Story([ASLEEP], [DONE, DONE], []), dead_letters=0))


@pytest.mark.parametrize("end", ["QUEUED", "FAILED", "not found", "answered another's"])
def test_a_job_without_its_result_is_a_fault(end: str) -> None:
    told = list(faults(2, Story([ASLEEP], [DONE, Life(accepted_s=0, end=end)], []), 0))

    assert told == ["1 of 2 accepted jobs were not answered with their result"]


def test_a_job_that_was_never_accepted_is_a_fault() -> None:
    told = list(faults(2, Story([ASLEEP], [DONE], []), 0))

    assert told == ["1 of 2 jobs were never accepted"]


def test_a_dead_letter_and_a_task_that_stays_are_faults() -> None:
    told = list(faults(1, Story([AWAKE], [DONE], []), dead_letters=3))

    assert told == [
        "3 messages are in the dead-letter queue",
        "the model did not go back to sleep",
    ]
