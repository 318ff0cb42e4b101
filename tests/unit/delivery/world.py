"""Deliveries on the twins and on virtual time, with receivers that do as they are told."""

from __future__ import annotations

import random
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from delivery.deliver import Inbox
from delivery.deliverer import Deliverer
from delivery.outbox import Due, Outbox
from spillway.deliveries.announcement import text_of
from spillway.deliveries.delivery import DeliveryStatus, delivered, due_now, failed
from spillway.deliveries.redelivery import Redelivery
from spillway.destinations.allowed import Allowed
from spillway.destinations.destination import Destination, to_text
from spillway.errors import ReceiverGone, Unavailable, Undelivered
from spillway.job import Job, Status
from spillway.memory import (
    MemoryBucket,
    MemoryDeliveries,
    MemoryDeliveryQueue,
    MemoryDisabledWebhooks,
)
from tests.unit.core.jobs import NOW_MS, job

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from spillway.deliveries.delivery import Delivery
    from spillway.job import JobKey

URL = "https://receiver.example/hook"
WEBHOOK = Destination("webhook", URL)
TOPIC = Destination("sns", "arn:aws:sns:eu-west-1:123456789012:results")
LEASE_S = 360
TOOK_MS = 40
RESULT = '{"label":"cat"}'


class Clock:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self.now_ms = NOW_MS

    def __call__(self) -> int:
        return self.now_ms

    def pass_s(self, seconds: float) -> None:
        self.now_ms += round(seconds * 1000)


class Receiver:
    """Whoever is delivered to: `answers` come in turn, the last one stands for all after it.

    An answer is what is raised, None for nothing. `meanwhile` happens before it.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.answers: list[Exception | None] = [None]
        self.meanwhile: Callable[[Delivery], object] = lambda _delivery: None
        self.got: list[tuple[str, str]] = []
        self.got_at_ms: list[int] = []

    def send(self, delivery: Delivery, text: str) -> None:
        self.got.append((delivery.delivery_id, text))
        self.got_at_ms.append(self._clock.now_ms)
        self._clock.now_ms += TOOK_MS
        self.meanwhile(delivery)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if answer is not None:
            raise answer.with_traceback(None)


class FrailDeliveries(MemoryDeliveries):
    """A table that can be told to fail: `faults` come in turn, by method."""

    def __init__(self) -> None:
        super().__init__()
        self.faults: dict[str, list[Exception]] = {}

    def add(self, delivery: Delivery) -> Delivery:
        self._meet("add")
        return super().add(delivery)

    def get(self, key: Any) -> Delivery | None:
        self._meet("get")
        return super().get(key)

    def replace(self, delivery: Delivery) -> bool:
        self._meet("replace")
        return super().replace(delivery)

    def _meet(self, method: str) -> None:
        if faults := self.faults.get(method):
            raise faults.pop(0).with_traceback(None)


class FrailQueue(MemoryDeliveryQueue):
    """A queue that can be told to be away."""

    is_away = False

    def send(self, messages: Sequence[tuple[str, str]]) -> None:
        self._check()
        super().send(messages)

    def hide(self, receipt: str, *, for_s: int) -> None:
        self._check()
        super().hide(receipt, for_s=for_s)

    def _check(self) -> None:
        if self.is_away:
            raise away()


class World:
    """One stack's deliveries, and Lambda, which hands the queue's messages to its function."""

    def __init__(self, *, seed: int = 0) -> None:
        self.clock = Clock()
        self.deliveries = FrailDeliveries()
        self.queue = FrailQueue(self.clock)
        self.disabled = MemoryDisabledWebhooks()
        self.results = MemoryBucket("results")
        self.receiver = Receiver(self.clock)
        self.allowed = Allowed(["arn:aws:*"], ["arn:aws:sqs:*:*:spillway*"])
        self.outbox = Outbox(self.deliveries, self.queue)
        self.jobs: dict[JobKey, Job] = {}
        self._rng = random.Random(seed)

    @property
    def inbox(self) -> Inbox:
        kinds: Any = ("webhook", "sns", "sqs", "eventbridge", "s3")
        deliverer = Deliverer(
            deliveries=self.deliveries,
            disabled=self.disabled,
            senders=dict.fromkeys(kinds, self.receiver),
            allowed=self.allowed,
            results=self.results,
            clock=self.clock,
            rng=self._rng,
        )
        return Inbox(deliverer, self.queue)

    def end(self, ended_job: Job) -> None:
        """Let the stream tell of a job's last change."""
        self.jobs[ended_job.key] = ended_job
        self.outbox.put(Due(each, text_of(ended_job, each.event)) for each in due_now(ended_job))

    def lambda_runs(self, *, has_time: bool = True) -> int:
        """Hand over one batch of messages; return how many it had."""
        received = self.queue.receive(lease_s=LEASE_S)
        records = [
            {"messageId": each.message_id, "receiptHandle": each.receipt, "body": each.body}
            for each in received
        ]
        left = self.inbox.left(records, has_time=lambda: has_time)
        for each in received:
            if each.message_id not in left:
                self.queue.delete(each.receipt)
        return len(received)

    def run(self, *, most: int = 1000) -> None:
        """Let time pass until no message is left."""
        for _ in range(most):
            while self.lambda_runs():
                pass
            if self.messages == 0:
                return
            self.clock.now_ms = max(self.clock.now_ms, min(self._visible_at_ms()))
        raise AssertionError("messages are left")

    def redeliver(self, delivery: Delivery) -> Delivery:
        """Ask for a further round, as the API does."""
        jobs: Any = self.jobs
        return Redelivery(
            deliveries=self.deliveries, jobs=jobs, queue=self.queue, clock=self.clock
        ).of(delivery)

    def other_sender(
        self, *, delivers: bool, for_good: bool = False
    ) -> Callable[[Delivery], object]:
        """Another sender, with a copy of the message, which writes first, once."""

        def write() -> None:
            now_ms = self.clock()
            delivery = self.one
            after = (
                delivered(delivery, at_ms=now_ms, took_ms=0)
                if delivers
                else failed(
                    delivery,
                    at_ms=now_ms,
                    took_ms=0,
                    error="the other failed",
                    next_attempt_at_ms=None if for_good else now_ms + 5000,
                )
            )
            assert self.deliveries.replace(after)

        return self.once(write)

    def all_at_once(self, many: int) -> threading.Barrier:
        """Let nobody answer before so many attempts are under way."""
        barrier = threading.Barrier(many, timeout=10)
        self.receiver.meanwhile = lambda _delivery: barrier.wait()
        return barrier

    @staticmethod
    def once(action: Callable[[], object]) -> Callable[[Delivery], object]:
        """What happens during the first attempt alone."""
        actions = [action]
        return lambda _delivery: actions.pop()() if actions else None

    @property
    def messages(self) -> int:
        """How many there are, hidden or not."""
        return len(self._visible_at_ms())

    @property
    def bodies(self) -> list[str]:
        """Those of all messages, hidden or not."""
        return [entry.body for entry in self.queue._queue._entries.values()]

    @property
    def hidden_s(self) -> float:
        """For how long the one message is hidden yet."""
        [until_ms] = self._visible_at_ms()
        return (until_ms - self.clock.now_ms) / 1000

    @property
    def one(self) -> Delivery:
        """The one delivery there is."""
        [delivery] = self.deliveries.held.values()
        return delivery

    def statuses(self) -> list[DeliveryStatus]:
        return [delivery.status for delivery in self.deliveries.held.values()]

    def _visible_at_ms(self) -> list[int]:
        return [entry.visible_at_ms for entry in self.queue._queue._entries.values()]


def succeeded(*destinations: Destination, job_id: str = "j1", **changes: Any) -> Job:
    """A job that is over, with a small result."""
    ended = job(
        job_id=job_id,
        status=Status.SUCCEEDED,
        attempts=1,
        model_version="v1",
        started_at_ms=NOW_MS - 900,
        completed_at_ms=NOW_MS - 100,
        result=RESULT,
        result_uri=f"s3://results/results/acme/{job_id}/1.json",
        destinations=to_text(destinations or [WEBHOOK]),
    )
    return replace(ended, **changes)


def down() -> Undelivered:
    """A receiver's failure."""
    return Undelivered("answered 500")


def gone() -> ReceiverGone:
    """A receiver's farewell."""
    return ReceiverGone("answered 410")


def away() -> Unavailable:
    """A dependency's failure."""
    return Unavailable("dependency-unavailable", "DynamoDB did not answer", retry_after_s=5)
