"""A sleeping model with work: its first tasks, before any alarm."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from scaling.waking import LOOKS_AFTER_S
from spillway.errors import Unavailable, UnknownModel
from spillway.live import Decision
from spillway.ports import TaskCounts
from tests.unit.scaling.fleet import refuse

if TYPE_CHECKING:
    from tests.unit.scaling.fleet import Fleet


def test_one_message_wakes_a_model_whatever_its_target(fleet: Fleet) -> None:
    entry = fleet.deploy(target_latency_s=1_209_600)
    fleet.send()

    assert fleet.waker.wake("default") == {"before": 0, "after": 1}
    assert fleet.desired(entry) == 1


def test_a_message_that_is_not_counted_yet_wakes_a_model(fleet: Fleet) -> None:
    entry = fleet.deploy()

    fleet.waker.wake("default")

    assert fleet.desired(entry) == 1


@pytest.mark.parametrize(("jobs", "tasks"), [*((n, 1) for n in (1, 7, 40)), (41, 2), (99, 3)])
def test_the_count_is_sized_by_the_backlog(fleet: Fleet, jobs: int, tasks: int) -> None:
    entry = fleet.deploy()
    fleet.send(jobs=jobs)

    fleet.waker.wake("default")

    assert fleet.desired(entry) == tasks


def test_a_flood_that_follows_its_first_job_is_seen_too(fleet: Fleet) -> None:
    entry = fleet.deploy()
    fleet.send()
    fleet.clock.meanwhile = lambda: fleet.send(jobs=100)

    assert fleet.waker.wake("default") == {"before": 0, "after": 8}
    assert fleet.clock.slept_s == list(LOOKS_AFTER_S)
    assert fleet.desired(entry) == 8


def test_the_first_task_waits_for_no_look(fleet: Fleet) -> None:
    entry = fleet.deploy()
    at_first: list[int] = []
    fleet.clock.meanwhile = lambda: at_first.append(fleet.desired(entry))

    fleet.waker.wake("default")

    assert at_first[0] == 1


def test_a_warm_model_at_rest_is_watched_as_one_that_sleeps(fleet: Fleet) -> None:
    entry = fleet.deploy(tasks=1, min_tasks=1)
    fleet.send()
    fleet.clock.meanwhile = lambda: fleet.send(jobs=100)

    assert fleet.waker.wake("default") == {"before": 1, "after": 8}
    assert fleet.desired(entry) == 8


def test_a_warm_model_at_work_is_the_scalers(fleet: Fleet) -> None:
    fleet.deploy(tasks=1, min_tasks=1)
    fleet.send()
    fleet.run(for_s=0)
    fleet.clock.now_ms += 30_000

    fleet.waker.wake("default")

    assert fleet.clock.slept_s == []


def test_a_look_that_fails_after_the_first_is_no_failed_wake(fleet: Fleet) -> None:
    entry = fleet.deploy()
    fleet.send()
    fleet.clock.meanwhile = lambda: fleet.queues.away.add("default")

    assert fleet.waker.wake("default") == {"before": 0, "after": 1}
    assert fleet.desired(entry) == 1


def test_a_model_that_is_up_is_not_watched(fleet: Fleet) -> None:
    entry = fleet.deploy(tasks=1)
    fleet.send(jobs=200)

    assert fleet.waker.wake("default") == {"before": 1, "after": 5}
    assert fleet.clock.slept_s == []
    assert fleet.desired(entry) == 5


def test_tasks_on_their_way_are_not_asked_for_again(fleet: Fleet) -> None:
    entry = fleet.deploy()
    fleet.services.put(entry, TaskCounts(running=0, pending=4, desired=4))
    fleet.send(jobs=10)

    assert fleet.waker.wake("default") == {"before": 4, "after": 4}


def test_no_more_than_the_most_are_asked_for(fleet: Fleet) -> None:
    entry = fleet.deploy()
    fleet.send(jobs=1_000)

    fleet.waker.wake("default")

    assert fleet.desired(entry) == entry.max_tasks == 10


def test_what_was_decided_is_kept_with_its_reason(fleet: Fleet) -> None:
    fleet.deploy(target_latency_s=60)
    fleet.send()
    fleet.clock.meanwhile = lambda: fleet.send(jobs=100)
    began_ms = fleet.clock.now_ms

    fleet.waker.wake("default")

    first, *others = fleet.figures.read(["default"])["default"].decisions
    assert first == Decision(
        at_ms=began_ms, before=0, after=1, reason="1 job, 1 s each (assumed), target 60 s"
    )
    assert [(each.before, each.after) for each in others] == [(1, 3), (3, 6), (6, 8)]


def test_a_wake_leaves_the_tasks_as_they_are_from_now_on(fleet: Fleet) -> None:
    fleet.deploy()
    fleet.run(for_s=0)
    fleet.send(jobs=99)

    fleet.waker.wake("default")

    tasks = fleet.figures.read(["default"])["default"].tasks
    assert tasks is not None
    assert (tasks.desired, tasks.required) == (3, 3)


def test_a_table_that_does_not_answer_holds_no_wake_up(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = fleet.deploy()
    monkeypatch.setattr(fleet.figures, "note", refuse)

    fleet.waker.wake("default")

    assert fleet.desired(entry) == 1


def test_a_wake_without_need_decides_nothing(fleet: Fleet) -> None:
    fleet.deploy(tasks=1)

    fleet.waker.wake("default")

    assert fleet.figures.read(["default"])["default"].decisions == ()


def test_a_decision_that_can_t_be_kept_fails_no_wake(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    entry = fleet.deploy()
    monkeypatch.setattr(fleet.figures, "decided", refuse)

    assert fleet.waker.wake("default") == {"before": 0, "after": 1}
    assert fleet.desired(entry) == 1
    assert "decision not recorded" in caplog.text


def test_a_model_that_nobody_deployed_can_t_be_woken(fleet: Fleet) -> None:
    with pytest.raises(UnknownModel):
        fleet.waker.wake("default")


def test_a_wake_that_sees_nothing_may_be_sent_again(fleet: Fleet) -> None:
    entry = fleet.deploy()
    fleet.queues.away.add("default")

    with pytest.raises(Unavailable, match="default could not be observed"):
        fleet.waker.wake("default")
    assert fleet.desired(entry) == 0


def test_the_log_says_when_it_was_asked_and_how_long_ecs_took(
    fleet: Fleet, caplog: pytest.LogCaptureFixture
) -> None:
    fleet.deploy()

    with caplog.at_level("INFO", "spillway.scaling"):
        fleet.waker.wake("default")

    asked, woken = caplog.records
    assert asked.getMessage() == "wake asked for"
    assert vars(woken)["ms"] == {"set": 0}
