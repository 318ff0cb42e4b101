from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

from spillway import message, transitions
from spillway.destinations.defaults import DefaultDestinations
from spillway.errors import Unavailable
from spillway.intake import Intake
from spillway.job import JobError, JobKey, Status
from spillway.memory import (
    MemoryBucket,
    MemoryQueue,
    MemoryQueues,
    MemoryStore,
    MemoryTenantDestinations,
)
from spillway_cli.dead_letters.redrive import Done, Redrive
from tests.unit.cli.dead_letters.letters import letter
from tests.unit.core.jobs import NOW_MS, TTL_MS, job

if TYPE_CHECKING:
    from spillway.job import Job
    from spillway_cli.dead_letters.redrive import Outcome
    from spillway_cli.dead_letters.rules import DeadLetter

TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


class Killed(BaseException):
    """The command was killed here."""


@dataclass
class World:
    """A stack in memory, with one letter in its DLQ."""

    store: MemoryStore = field(default_factory=MemoryStore)
    inputs: MemoryBucket = field(default_factory=lambda: MemoryBucket("in"))
    deleted: list[str] = field(default_factory=list)
    now_ms: int = NOW_MS

    def __post_init__(self) -> None:
        self.queue = MemoryQueue(lambda: self.now_ms)
        self.queues = MemoryQueues({"default": self.queue})

    def with_job(self, status: Status, **changes: Any) -> DeadLetter:
        """Store a job that came to this, and return its letter."""
        queued = job(traceparent=TRACEPARENT, **changes)
        self.store.put(queued)
        self._take_to(queued.key, status)
        return letter(queued)

    def _take_to(self, key: JobKey, status: Status) -> None:
        if status in (Status.RUNNING, Status.SUCCEEDED, Status.FAILED):
            terms = {"max_attempts": 1, "model_version": "v1"}
            self.store.apply(
                transitions.claim(key, now_ms=NOW_MS, lease_until_ms=NOW_MS + 30_000, **terms)  # type: ignore[arg-type]
            )
        how: dict[Status, Any] = {
            Status.SUCCEEDED: lambda: transitions.succeed(
                key, attempt=1, now_ms=NOW_MS, result="1", result_uri="s3://out/1"
            ),
            Status.FAILED: lambda: transitions.fail(
                key, attempt=1, now_ms=NOW_MS, error=JobError("timeout", "late", retryable=True)
            ),
            Status.CANCELLED: lambda: transitions.cancel(key, now_ms=NOW_MS),
            Status.EXPIRED: lambda: transitions.expire(key, now_ms=NOW_MS + TTL_MS),
        }
        if status in how:
            self.store.apply(how[status]())

    def redrive(self, one: DeadLetter, **options: bool) -> Outcome:
        intake = Intake(
            store=self.store,
            queues=self.queues,
            inputs=self.inputs,
            defaults=DefaultDestinations(MemoryTenantDestinations(), lambda: self.now_ms),
            clock=lambda: self.now_ms,
            backlog_limit=0,
            retention_days=30,
        )
        return Redrive(
            store=self.store,
            queues=self.queues,
            inputs=self.inputs,
            intake=intake,
            clock=lambda: self.now_ms,
            delete=lambda each: self.deleted.append(each.message_id),
            **options,
        ).outcome(one)

    def messages(self) -> list[message.Message]:
        received = self.queue.receive(limit=10, wait_s=0, lease_s=0)
        return [message.decode(each.body) for each in received]

    def jobs(self) -> list[Job]:
        return list(self.store.page("acme", before=None, limit=100))


@pytest.fixture
def world() -> World:
    return World()


@pytest.mark.parametrize("status", [Status.QUEUED, Status.RUNNING])
def test_a_job_that_is_not_over_gets_its_message_back(world: World, status: Status) -> None:
    one = world.with_job(status)

    outcome = world.redrive(one)

    assert outcome.done is Done.SENT_BACK
    assert [each.job_id for each in world.messages()] == ["j1"]
    assert world.messages()[0].traceparent == TRACEPARENT
    assert world.deleted == ["m1"]
    assert len(world.jobs()) == 1


@pytest.mark.parametrize("status", [Status.FAILED, Status.EXPIRED])
def test_a_job_that_did_not_succeed_is_run_again_as_a_new_one(world: World, status: Status) -> None:
    outcome = world.redrive(world.with_job(status))

    assert outcome.done is Done.RUN_AGAIN
    [sent] = world.messages()
    assert sent.job_id == outcome.new_job_id != "j1"
    new = world.store.get(sent.key)
    assert new is not None
    assert (new.status, new.retry_of, new.payload) == (Status.QUEUED, "j1", "1")
    assert new.traceparent == TRACEPARENT, "it is still the same request's way"
    assert world.deleted == ["m1"]


@pytest.mark.parametrize("status", [Status.CANCELLED, Status.SUCCEEDED])
def test_a_letter_of_which_nothing_can_come_stays_until_told(world: World, status: Status) -> None:
    one = world.with_job(status)

    assert world.redrive(one).done is Done.LEFT
    assert (world.messages(), world.deleted) == ([], [])
    assert world.redrive(one, discards=True).done is Done.DISCARDED
    assert (world.messages(), world.deleted) == ([], ["m1"])


def test_a_letter_of_no_job_stays_until_told(world: World) -> None:
    assert world.redrive(letter("hello")).done is Done.LEFT
    assert world.redrive(letter("hello"), discards=True).done is Done.DISCARDED
    assert world.deleted == ["m1"]


def test_what_is_about_to_expire_is_never_discarded(world: World) -> None:
    one = world.with_job(Status.QUEUED)
    world.now_ms += TTL_MS

    assert world.redrive(one, discards=True).done is Done.LEFT
    assert world.deleted == []


def test_a_job_whose_payload_is_gone_can_not_run_again(world: World) -> None:
    one = world.with_job(Status.FAILED, payload=None, payload_uri="s3://in/payloads/acme/j1/1.json")

    outcome = world.redrive(one)

    assert outcome.done is Done.LEFT
    assert outcome.why
    assert "has passed its retention" in outcome.why
    assert world.deleted == []


@pytest.mark.parametrize("status", list(Status))
def test_a_dry_run_changes_nothing_and_says_what_would_be_done(
    world: World, status: Status
) -> None:
    one = world.with_job(status)
    before = world.jobs()

    foretold = world.redrive(one, is_dry=True, discards=True)

    assert (world.jobs(), world.messages(), world.deleted) == (before, [], [])
    assert foretold == world.redrive(one, discards=True)


@pytest.mark.parametrize(
    ("status", "at"),
    [
        *product((Status.QUEUED, Status.RUNNING), ("send", "delete")),
        *product((Status.FAILED, Status.EXPIRED), ("put", "send", "delete")),
    ],
)
def test_killed_anywhere_it_loses_nothing_and_a_second_run_makes_no_second_job(
    world: World, monkeypatch: pytest.MonkeyPatch, status: Status, at: str
) -> None:
    one = world.with_job(status)
    with monkeypatch.context() as patch:
        _kill(world, patch, at)
        with pytest.raises(Killed):
            world.redrive(one)
    assert world.deleted == []

    outcome = world.redrive(one)

    assert world.deleted == ["m1"]
    answers = {each.job_id for each in world.messages()}
    assert answers == {outcome.new_job_id or "j1"}, "it is in its queue, be it twice"
    assert len(world.jobs()) == (2 if outcome.done is Done.RUN_AGAIN else 1)


def _kill(world: World, patch: pytest.MonkeyPatch, at: str) -> None:
    """Kill what comes next right after it has done this; the delete before it has."""
    store, queue = world.store, world.queue
    if at == "delete":
        patch.setattr(world, "deleted", _Deadly())
        return
    part = store if at == "put" else queue
    whole = getattr(part, at)

    def then_die(*args: Any, **kwargs: Any) -> None:
        whole(*args, **kwargs)
        raise Killed

    patch.setattr(part, at, then_die)


class _Deadly(list[str]):
    def append(self, _: str) -> None:
        raise Killed


def test_two_operators_at_once_make_one_job(world: World) -> None:
    one = world.with_job(Status.FAILED)

    first, second = world.redrive(one), world.redrive(replace(one, receipt="m1/2"))

    assert first.new_job_id == second.new_job_id
    assert len(world.jobs()) == 2


def test_a_service_that_does_not_answer_leaves_the_letter(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise Unavailable("dependency-unavailable", "SQS did not answer")

    monkeypatch.setattr(world.queue, "send", fail)

    outcome = world.redrive(world.with_job(Status.QUEUED))

    assert (outcome.done, outcome.why) == (Done.FAILED, "SQS did not answer")
    assert world.deleted == []
