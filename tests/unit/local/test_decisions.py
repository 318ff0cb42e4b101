from __future__ import annotations

import io
import threading
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console as RichConsole

import local.decisions
from local import compatibility
from local.console import Console
from local.decisions import ACTIONS, SERVICES, Change, Decisions
from scaling.observing import Observer
from spillway.live import Decision
from tests.unit.scaling.fleet import Fleet

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def fleet() -> Fleet:
    fleet = Fleet()
    fleet.deploy(target_latency_s=10)
    fleet.send(jobs=12)
    return fleet


@pytest.fixture
def ecs() -> dict[str, Any]:
    """MiniStack's service, and its UpdateService, which refuses what names no count."""
    services = {"c/s": {"serviceName": "spillway-default", "desiredCount": 0}}

    def update(request: dict[str, Any]) -> None:
        if "desiredCount" not in request:
            raise ValueError("refused")
        services["c/s"]["desiredCount"] = request["desiredCount"]

    return {SERVICES: services, ACTIONS: {"UpdateService": update}}


@pytest.fixture
def printed() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def decisions(
    fleet: Fleet, printed: io.StringIO, ecs: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Decisions]:
    observer = Observer(queues=fleet.queues, services=fleet.services, figures=fleet.figures)
    console = Console(RichConsole(file=printed, width=200))
    monkeypatch.setattr(compatibility, "name", ecs.__getitem__)
    made = Decisions(console, fleet.registry, observer, fleet.clock, fleet.clock.sleep)
    yield made
    made.close()


def test_a_wake_is_told_with_the_work_it_follows_from(decisions: Decisions) -> None:
    change = Change("spillway-default", 0, 3, "")

    assert decisions.line(change) == (
        "default: 12 jobs, 1 s each (assumed), target 10 s: 0 → 3 tasks"
    )


def test_a_wake_is_told_with_what_it_saw_not_with_what_came_since(
    decisions: Decisions, fleet: Fleet
) -> None:
    saw = Decision(at_ms=fleet.clock(), before=0, after=1, reason="1 job, 1 s each, target 10 s")
    fleet.figures.decided("default", saw)

    assert decisions.line(Change("spillway-default", 0, 1, "")) == (
        "default: 1 job, 1 s each, target 10 s: 0 → 1 task"
    )


@pytest.mark.parametrize(("after", "ago_ms"), [(2, 0), (1, 60_000)])
def test_what_was_left_with_another_change_is_not_told(
    decisions: Decisions, fleet: Fleet, after: int, ago_ms: int
) -> None:
    other = Decision(at_ms=fleet.clock() - ago_ms, before=0, after=after, reason="another")
    fleet.figures.decided("default", other)

    assert "12 jobs" in decisions.line(Change("spillway-default", 0, 1, ""))


def test_a_policys_change_names_the_policy_too(decisions: Decisions, fleet: Fleet) -> None:
    fleet.finish(fleet.receive(jobs=2), each_ms=800)
    change = Change("spillway-default", 3, 1, "TaskSurplus 2 ≥ 1")

    assert decisions.line(change) == (
        "default: 10 jobs, 0.8 s each, target 10 s: 3 → 1 task (TaskSurplus 2 ≥ 1)"
    )


def test_a_model_that_could_not_be_observed_is_told_without_reason(
    decisions: Decisions, fleet: Fleet
) -> None:
    fleet.queues.held.clear()

    assert decisions.line(Change("spillway-default", 0, 1, "")) == "default: 0 → 1 task"


def test_a_service_of_no_model_is_told_by_its_own_name(decisions: Decisions) -> None:
    assert decisions.line(Change("other", 1, 2, "")) == "other: 1 → 2 tasks"


def test_whatever_one_change_raises_the_next_is_printed(
    decisions: Decisions, fleet: Fleet, printed: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    models, faults = fleet.registry.models, [KeyError("queue_url")]

    def faulty() -> Any:
        if faults:
            raise faults.pop()
        return models()

    monkeypatch.setattr(fleet.registry, "models", faulty)
    decisions.install()
    decisions.heard("spillway-default", 0, 1)
    decisions.heard("spillway-default", 1, 2)
    decisions.close()

    first, second = printed.getvalue().splitlines()
    assert first == "spillway-default: 0 → 1 task (not observed, KeyError: 'queue_url')"
    assert second.startswith("default: 12 jobs")


def test_a_line_that_cannot_be_printed_ends_nothing(
    decisions: Decisions, printed: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, faults = printed.write, [OSError("gone")]

    def faulty(text: str) -> int:
        if faults:
            raise faults.pop()
        return write(text)

    monkeypatch.setattr(printed, "write", faulty)
    decisions.install()
    decisions.heard("one", 0, 1)
    decisions.heard("two", 0, 1)
    decisions.close()

    assert printed.getvalue().splitlines()[-1] == "two: 0 → 1 task"


def test_the_reason_of_a_change_that_is_refused_is_no_other_changes(
    decisions: Decisions, ecs: dict[str, Any], printed: io.StringIO
) -> None:
    decisions.install()
    update = ecs[ACTIONS]["UpdateService"]

    with pytest.raises(ValueError, match="refused"), decisions.because("spillway-default", "full"):
        update({})
    update({"desiredCount": 1})
    with decisions.because("spillway-default", "fuller"):
        update({"desiredCount": 2})
    decisions.close()

    first, second = printed.getvalue().splitlines()
    assert first.endswith("0 → 1 task")
    assert second.endswith("1 → 2 tasks (fuller)")


def test_the_end_of_a_run_does_not_wait_for_a_change_that_hangs(
    decisions: Decisions, fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    hangs = threading.Event()
    monkeypatch.setattr(local.decisions, "STOP_S", 0.05)
    monkeypatch.setattr(fleet.registry, "models", hangs.wait)
    decisions.install()
    decisions.heard("spillway-default", 0, 1)

    closing = threading.Thread(target=decisions.close, daemon=True)
    closing.start()
    closing.join(5)
    ended = not closing.is_alive()
    hangs.set()

    assert ended
