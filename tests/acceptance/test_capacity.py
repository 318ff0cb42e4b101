"""Tasks come with the work: from zero, up to what the target needs and the limit allows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.acceptance.scaled import WAKE_S

if TYPE_CHECKING:
    from tests.acceptance.scaled import Scaled

SCALED_S = 120


@pytest.mark.usefixtures("held")
def test_one_message_wakes_a_model_however_large_its_target(
    scaled: Scaled, patient: list[str]
) -> None:
    scaled.until(lambda: scaled.system.desired_tasks("patient") == 1, WAKE_S)

    assert scaled.ended(patient) == [("SUCCEEDED", 1)]
    assert "patient: 1 job, 1 s each (assumed), target 86400 s: 0 → 1 task" in scaled.said()


def test_a_backlog_below_the_target_is_done_by_one_task(scaled: Scaled) -> None:
    job_ids = scaled.submit("calm", 30, sleep_s=0.1)

    assert scaled.ended(job_ids) == [("SUCCEEDED", 1)] * 30
    assert scaled.system.desired_tasks("calm") == 1


@pytest.mark.parametrize("messages", [1, 2, 10, 99])
def test_up_to_99_messages_wake_a_sleeping_model(messages: int, scaled: Scaled) -> None:
    name = f"few-{messages}"

    job_ids = scaled.submit(name, messages)

    assert scaled.ended(job_ids) == [("SUCCEEDED", 1)] * messages
    assert scaled.system.desired_tasks(name) >= 1


def test_a_flood_gets_more_tasks_up_to_the_limit(scaled: Scaled, flood: list[str]) -> None:
    scaled.until(lambda: len(scaled.system.worker_pids("flooded")) == 3, SCALED_S)

    assert scaled.ended(flood) == [("SUCCEEDED", 1)] * len(flood)
