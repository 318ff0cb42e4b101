"""A minute of the scaler, on twins."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from scaling import publisher
from spillway.errors import Unavailable
from spillway.live import TasksSeen
from spillway.ports import TaskCounts
from tests.unit.scaling.fleet import refuse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.unit.scaling.fleet import Fleet


def test_a_fleet_without_models_is_one_tick_and_no_call(fleet: Fleet) -> None:
    assert fleet.run() == {"ticks": 1, "models": 0}
    assert fleet.metrics.calls == []


def test_a_sleeping_model_costs_one_look_and_no_metric(fleet: Fleet) -> None:
    fleet.deploy()

    assert fleet.run() == {"ticks": 1, "models": 1}
    assert fleet.metrics.calls == []
    assert fleet.clock.slept_s == []


def test_a_warm_model_without_work_is_told_once_a_minute(fleet: Fleet) -> None:
    fleet.deploy(tasks=2, min_tasks=2)

    assert fleet.run()["ticks"] == 1
    assert fleet.metrics.last("default")["RequiredTasks"] == 2


def test_a_warm_model_that_somebody_stopped_is_told_short(fleet: Fleet) -> None:
    fleet.deploy(tasks=0, min_tasks=2)

    fleet.run(for_s=0)

    assert fleet.metrics.last("default")["TaskShortfall"] == 2


def test_a_model_with_work_is_told_every_ten_seconds(fleet: Fleet) -> None:
    fleet.deploy()
    fleet.send(jobs=3)
    began_ms = fleet.clock.now_ms

    assert fleet.run()["ticks"] == 6
    assert [at_ms - began_ms for at_ms, _ in fleet.metrics.calls] == [
        0, 10_000, 20_000, 30_000, 40_000, 50_000
    ]  # fmt: skip


def test_the_figures_are_those_of_the_capacity_and_of_the_tasks(fleet: Fleet) -> None:
    entry = fleet.deploy(tasks=1)
    fleet.services.put(entry, TaskCounts(running=1, pending=1, desired=2))
    fleet.send(jobs=240)
    fleet.receive(jobs=4)

    fleet.run(for_s=0)

    assert fleet.metrics.last("default") == {
        "BacklogPerTask": 240, "EstimatedDelay": 20 + 220 / 2, "RequiredTasks": 6,
        "TaskShortfall": 5, "TaskSurplus": 0, "TasksBeyondMax": 0, "JobsWithoutTask": 0,
        "JobsWithoutProgress": 240, "RunningTasks": 1, "DesiredTasks": 2,
    }  # fmt: skip


def test_how_long_jobs_take_is_measured_from_tick_to_tick(fleet: Fleet) -> None:
    fleet.deploy(tasks=1)
    fleet.send(jobs=130)
    done: list[int] = []

    def work() -> None:
        fleet.finish(fleet.receive(jobs=10), each_ms=6_000)
        done.append(10)

    fleet.clock.meanwhile = work
    fleet.run()

    assert len(done) == 5
    # 80 jobs of 6 s are left: one task does ten in a minute, each new one six in what is left of it
    assert fleet.metrics.last("default")["TasksBeyondMax"] == 1 + 12 - 10
    assert fleet.metrics.last("default")["JobsWithoutProgress"] == 0
    figures = fleet.figures.read(["default"])["default"]
    assert figures.measured is not None
    assert figures.measured.us_per_job == 6_000_000
    assert figures.work_at_ms == fleet.clock.now_ms


def test_a_model_that_falls_asleep_is_noted_once_more_and_then_left_alone(fleet: Fleet) -> None:
    # Given one whose last task works, then has nothing to do, then is gone
    entry = fleet.deploy(tasks=1)
    fleet.send()
    fleet.run(for_s=0)
    fleet.finish(fleet.receive(), each_ms=100)
    fleet.run(for_s=0)
    fleet.services.put(entry, TaskCounts(0, 0, 0))
    fleet.clock.now_ms += 60_000

    # When it is seen asleep, minute by minute
    asleep_ms = fleet.clock.now_ms
    for _ in range(3):
        fleet.run()
        fleet.clock.now_ms += 60_000

    # Then that is the last that was noted, with the step to zero
    figures = fleet.figures.read(["default"])["default"]
    assert figures.tasks == TasksSeen(running=0, pending=0, desired=0, required=0, at_ms=asleep_ms)
    (decision,) = figures.decisions
    assert (decision.at_ms, decision.before, decision.after) == (asleep_ms, 1, 0)
    assert decision.reason.startswith("0 jobs, ")


def test_tasks_without_work_are_noted_but_not_as_work(fleet: Fleet) -> None:
    fleet.deploy(tasks=1)
    fleet.send()
    fleet.run(for_s=0)
    worked_ms = fleet.clock.now_ms
    fleet.finish(fleet.receive(), each_ms=100)

    fleet.clock.now_ms += 10_000
    fleet.run(for_s=0)

    figures = fleet.figures.read(["default"])["default"]
    assert figures.tasks is not None
    assert figures.tasks.at_ms == fleet.clock.now_ms
    assert (figures.work_at_ms, figures.measured) == (worked_ms, None)


def test_a_count_that_somebody_else_has_set_is_told_as_a_decision(fleet: Fleet) -> None:
    entry = fleet.deploy(tasks=1)
    fleet.send(jobs=100)
    fleet.run(for_s=0)

    fleet.services.set_desired(entry, 4)
    fleet.clock.now_ms += 10_000
    fleet.run()

    (decision,) = fleet.figures.read(["default"])["default"].decisions
    assert (decision.before, decision.after) == (1, 4)
    assert decision.reason.startswith("100 jobs, ")


def test_a_wake_that_the_scaler_sees_too_is_one_decision(fleet: Fleet) -> None:
    fleet.deploy()
    fleet.run()
    fleet.send(jobs=100)

    fleet.waker.wake("default")
    fleet.run()

    (decision,) = fleet.figures.read(["default"])["default"].decisions
    assert (decision.before, decision.after) == (0, 3)


def test_a_decision_that_is_not_kept_fails_nothing(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    entry = fleet.deploy(tasks=1)
    fleet.send()
    fleet.run(for_s=0)
    fleet.services.set_desired(entry, 4)
    monkeypatch.setattr(fleet.figures, "decided", refuse)

    assert fleet.run()["ticks"] == 6
    assert "decision not recorded" in caplog.text
    assert len(fleet.metrics.calls) == 7


def test_jobs_that_take_longer_than_is_known_are_known_to_before_the_first_is_done(
    fleet: Fleet,
) -> None:
    # Given forty jobs of unknown length, the first of them on the one task that a wake gave
    fleet.deploy(tasks=1)
    fleet.send(jobs=40)
    fleet.receive(jobs=1)
    required: list[float] = []

    def look() -> None:
        required.append(fleet.metrics.last("default")["RequiredTasks"])

    fleet.clock.meanwhile = look

    # When it is not done for a minute
    fleet.run(for_s=50)

    # Then each look finds them longer, and asks for more
    assert required == sorted(required)
    assert required[0] == 1
    assert fleet.metrics.last("default")["RequiredTasks"] == 10


def test_jobs_whose_end_is_not_told_yet_are_not_taken_for_long(fleet: Fleet) -> None:
    fleet.deploy(tasks=1)
    fleet.send(jobs=40)
    fleet.receive(jobs=1)

    fleet.run(for_s=10)

    assert fleet.metrics.last("default")["RequiredTasks"] == 1


def test_what_is_in_flight_holds_its_task(fleet: Fleet) -> None:
    fleet.deploy(tasks=3)
    fleet.send(jobs=1)
    fleet.receive()
    fleet.clock.now_ms += 40_000

    fleet.run(for_s=0)

    assert fleet.metrics.last("default")["TaskSurplus"] == 2


def test_the_last_task_is_surplus_once_it_was_idle_for_its_time(fleet: Fleet) -> None:
    fleet.deploy(tasks=1, idle_s=120)
    fleet.send()
    (receipt,) = fleet.receive()
    fleet.run(for_s=0)
    fleet.finish([receipt], each_ms=100)

    fleet.clock.now_ms += 119_000
    fleet.run(for_s=0)
    assert fleet.metrics.last("default")["TaskSurplus"] == 0
    fleet.clock.now_ms += 1_000
    fleet.run(for_s=0)
    assert fleet.metrics.last("default")["TaskSurplus"] == 1


def test_a_model_that_was_just_woken_is_not_idle(fleet: Fleet) -> None:
    fleet.deploy(tasks=1)
    fleet.figures.wake("default", now_ms=fleet.clock.now_ms, apart_ms=15_000)

    fleet.run(for_s=0)

    assert fleet.metrics.last("default")["TaskSurplus"] == 0


def test_of_a_model_that_is_not_seen_nothing_is_told(fleet: Fleet) -> None:
    # Given one whose queue does not answer, and one whose service is gone
    fleet.deploy("seen", tasks=1)
    fleet.deploy("away", tasks=1)
    gone = fleet.deploy("gone", tasks=1)
    fleet.queues.away.add("away")
    del fleet.services.held[gone.cluster, gone.service]

    # When
    with pytest.raises(Unavailable, match="away, gone"):
        fleet.run()

    # Then the others are told of as ever, and it was tried until the end
    assert len(fleet.metrics.calls) == 6
    assert fleet.metrics.last("seen")["RunningTasks"] == 1
    assert fleet.metrics.last("away") == fleet.metrics.last("gone") == {}


def test_a_note_that_fails_ends_no_other_models_minute(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given two models with work, and a table that refuses one of them
    for model in ("kept", "refused"):
        fleet.deploy(model, tasks=1)
        fleet.send(model)
    note = fleet.figures.note

    def noted(model: str, **told: Any) -> None:
        refuse() if model == "refused" else note(model, **told)

    monkeypatch.setattr(fleet.figures, "note", noted)

    # When
    with pytest.raises(Unavailable, match=r"not told: refused$"):
        fleet.run()

    # Then
    assert len(fleet.metrics.calls) == 6


def test_metrics_that_are_not_put_once_are_put_the_next_time(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet.deploy(tasks=1)
    fleet.send()
    put, tries = fleet.metrics.put, iter([refuse])

    def once_refused(*told: Any, **at: Any) -> None:
        next(tries, put)(*told, **at)

    monkeypatch.setattr(fleet.metrics, "put", once_refused)

    assert fleet.run()["ticks"] == 6
    assert len(fleet.metrics.calls) == 5


def test_who_is_seen_again_before_the_end_fails_nothing(fleet: Fleet) -> None:
    fleet.deploy(tasks=1, min_tasks=1)
    fleet.queues.away.add("default")
    fleet.clock.meanwhile = fleet.queues.away.clear

    assert fleet.run() == {"ticks": 2, "models": 1}


def test_one_call_a_tick_tells_of_all_models(fleet: Fleet) -> None:
    for number in range(40):
        fleet.deploy(f"m{number:02d}", tasks=1)

    fleet.run(for_s=0)

    ((_, data),) = fleet.metrics.calls
    assert len(data) == 400


def test_hundreds_of_models_fit_into_one_tick(fleet: Fleet) -> None:
    # Given 500 models at work, and an AWS that takes 20 ms for each answer
    for number in range(500):
        fleet.deploy(f"m{number}", tasks=1)
        fleet.send(f"m{number}")
    for port, names in ((fleet.queues, ["find"]), (fleet.services, ["counts"]),
                        (fleet.figures, ["read", "note"])):  # fmt: skip
        for name in names:
            setattr(port, name, _slow(getattr(port, name)))

    # When
    began = time.perf_counter()
    fleet.scaler.tick(fleet.registry.models())

    # Then it leaves most of the ten seconds (0.7 s where this was written, 21 s one by one)
    assert time.perf_counter() - began < 5
    assert len(fleet.metrics.calls[0][1]) == 5_000


def _slow(call: Any) -> Any:
    def answer(*given: Any, **named: Any) -> Any:
        time.sleep(0.02)
        return call(*given, **named)

    return answer


# --- the handler


class Context:
    aws_request_id = "invocation-1"

    def __init__(self, left_ms: int = 58_000) -> None:
        self._left_ms = left_ms

    def get_remaining_time_in_millis(self) -> int:
        return self._left_ms


def handle(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch, event: Mapping[str, Any], left_ms: int = 58_000
) -> Mapping[str, int]:
    monkeypatch.setattr(publisher, "_scaler", lambda: fleet.scaler)
    monkeypatch.setattr(publisher, "_waker", lambda: fleet.waker)
    monkeypatch.setattr(publisher, "now_ms", fleet.clock)
    return publisher.handler(event, Context(left_ms))


def test_the_minutes_event_ticks_as_long_as_there_is_time(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet.deploy(tasks=1)
    event = {"detail-type": "Scheduled Event", "detail": "{}"}

    assert handle(fleet, monkeypatch, event) == {"ticks": 6, "models": 1}
    assert handle(fleet, monkeypatch, event, left_ms=20_000) == {"ticks": 2, "models": 1}


def test_a_wake_is_told_by_its_event(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = fleet.deploy()

    assert handle(fleet, monkeypatch, {"wake": "default"}) == {"before": 0, "after": 1}
    assert fleet.desired(entry) == 1
