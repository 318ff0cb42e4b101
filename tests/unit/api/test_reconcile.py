from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from api import reconcile
from spillway import transitions
from spillway.errors import Unavailable
from spillway.job import JobKey, Status
from spillway.transitions import LOST_GRACE_MS

if TYPE_CHECKING:
    from tests.unit.api.system import System

TTL_MS = 21_600_000


class Context:
    """Lambda's context, with this much time left at each look."""

    aws_request_id = "invocation-1"

    def __init__(self, *left_ms: int) -> None:
        self._left_ms = list(left_ms)

    def get_remaining_time_in_millis(self) -> int:
        return self._left_ms.pop(0) if len(self._left_ms) > 1 else self._left_ms[0]


def run(system: System, monkeypatch: pytest.MonkeyPatch, *left_ms: int) -> dict[str, int]:
    monkeypatch.setattr(reconcile, "_store", lambda: system.store)
    monkeypatch.setattr(reconcile, "now_ms", system.clock)
    return dict(reconcile.handler({}, Context(*(left_ms or (55_000,)))))


def test_nothing_due_is_nothing_done(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    job_id = system.submitted()

    assert run(system, monkeypatch) == {}
    assert system.job(job_id).status is Status.QUEUED


def test_a_job_past_its_deadline_expires(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    job_id = system.submitted()
    system.clock.now_ms += TTL_MS

    assert run(system, monkeypatch) == {"EXPIRED": 1}
    job = system.job(job_id)
    assert (job.status, job.due_at_ms) == (Status.EXPIRED, None)
    assert job.error is not None
    assert job.error.code == "expired"
    assert run(system, monkeypatch) == {}


def test_each_job_that_is_settled_is_a_line_that_names_it(
    system: System, monkeypatch: pytest.MonkeyPatch, logged: Any
) -> None:
    trace_id = "0af7651916cd43dd8448eb211c80319c"
    job_id = system.submitted(headers={"traceparent": f"00-{trace_id}-b7ad6b7169203331-01"})
    system.clock.now_ms += TTL_MS

    run(system, monkeypatch)

    [line] = [line for line in logged() if line["message"] == "overdue job settled"]
    assert line.items() >= {"jobId": job_id, "traceId": trace_id, "status": "EXPIRED"}.items()
    assert (line["tenant"], line["model"]) == ("acme", "default")


def test_a_lost_lease_is_left_to_the_queue_for_its_grace(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = system.submitted()
    system.start(job_id)
    system.clock.now_ms += 30_000

    assert run(system, monkeypatch) == {"waiting": 1}
    system.clock.now_ms += LOST_GRACE_MS
    assert run(system, monkeypatch) == {"QUEUED": 1}
    assert system.job(job_id).failures == 1


def test_a_lost_last_attempt_fails_the_job(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    job_id = system.submitted()
    for _ in range(4):
        system.start(job_id)
        system.clock.now_ms += 30_000 + LOST_GRACE_MS
        counts = run(system, monkeypatch)

    assert counts == {"FAILED": 1}
    error = system.job(job_id).error
    assert error is not None
    assert error.code == "worker_lost"


def test_hundreds_that_are_due_are_settled_in_one_run(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(2_500):
        system.submitted()
    system.clock.now_ms += TTL_MS

    assert run(system, monkeypatch) == {"EXPIRED": 2_500}


def test_many_in_their_grace_hide_nobody_behind_them(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spillway.reconciliation.PAGE", 2)
    for _ in range(150):
        system.start(system.submitted())
    overdue = {"payload": 1, "ttlSeconds": 60}
    system.clock.now_ms -= 29_000
    waiting = [system.submitted(overdue) for _ in range(150)]
    system.clock.now_ms += 60_000 + 1

    counts = run(system, monkeypatch)

    assert counts == {"waiting": 150, "EXPIRED": 150}
    assert {system.job(job_id).status for job_id in waiting} == {Status.EXPIRED}


def test_a_job_that_goes_on_meanwhile_is_left_alone(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = system.submitted()
    system.clock.now_ms += TTL_MS
    get_many = system.store.get_many

    def then_it_ends(keys: Any) -> Any:
        found = get_many(keys)
        for key in keys:
            system.store.apply(transitions.cancel(key, now_ms=system.clock()))
        return found

    monkeypatch.setattr(system.store, "get_many", then_it_ends)

    assert run(system, monkeypatch) == {"refused": 1}
    assert system.job(job_id).status is Status.CANCELLED


def test_when_time_is_up_the_rest_waits_for_the_next_run(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(20):
        system.submitted({"payload": 1, "jobId": f"j{number}"})
    system.clock.now_ms += TTL_MS

    counts = run(system, monkeypatch, *[10_000] * 5, 4_000)

    assert counts["EXPIRED"] == 5
    assert counts["unfinished"] >= 1
    assert run(system, monkeypatch) == {"EXPIRED": 15}


def test_a_shard_that_does_not_answer_keeps_no_other_waiting(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    system.submitted({"payload": 1, "jobId": "a"})
    system.submitted({"payload": 1, "jobId": "b"})
    away, there = JobKey("acme", "a").due_shard, JobKey("acme", "b").due_shard
    assert away != there
    system.clock.now_ms += TTL_MS
    due = system.store.due

    def sometimes(shard: str, **rest: Any) -> Any:
        if shard == away:
            raise Unavailable("dependency-unavailable", "away", retry_after_s=5)
        return due(shard, **rest)

    monkeypatch.setattr(system.store, "due", sometimes)

    with pytest.raises(Unavailable):
        run(system, monkeypatch)

    assert system.job("b").status is Status.EXPIRED


def test_each_run_is_one_line(system: System, monkeypatch: pytest.MonkeyPatch, logged: Any) -> None:
    system.submitted()
    system.clock.now_ms += TTL_MS

    run(system, monkeypatch)

    line = logged()[-1]
    assert line["message"] == "reconciled"
    assert line["EXPIRED"] == 1
    assert line["requestId"] == "invocation-1"
