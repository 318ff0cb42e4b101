from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from spillway import message
from spillway.destinations.defaults import DefaultDestinations
from spillway.destinations.destination import Destination, to_text
from spillway.errors import NotFound, SpillwayError, TooMany, Unavailable, UnknownModel
from spillway.event import EventType
from spillway.intake import Intake, Order
from spillway.memory import (
    MemoryBucket,
    MemoryFigures,
    MemoryQueue,
    MemoryQueues,
    MemoryStore,
    MemoryTenantDestinations,
    MemoryWaker,
)
from spillway.submission import parse
from spillway.waking import Waking
from tests.unit.core.jobs import NOW_MS

if TYPE_CHECKING:
    from collections.abc import Callable

    from spillway.ports import Depth, Queue


class Faulty(MemoryQueue):
    """A queue that raises what it is told to."""

    error: Exception | None = None
    asked = 0

    def send(self, body: str, *, group: str) -> None:
        if self.error is not None:
            raise self.error
        super().send(body, group=group)

    def depth(self) -> Depth:
        self.asked += 1
        if self.error is not None:
            raise self.error
        return super().depth()


def order(
    job_id: str = "j1", body: bytes = b'{"payload": 1}', *, is_repeatable: bool = True
) -> Order:
    wanted = parse(body, tenant="acme", default_model="default")
    return Order(tenant="acme", job_id=job_id, wanted=wanted, is_repeatable=is_repeatable)


class Waker(MemoryWaker):
    """A waker that may be told to fail, or to look around."""

    fault: Exception | None = None
    look: Callable[[], object] | None = None

    def wake(self, model: str) -> None:
        if self.look is not None:
            self.look()
        if self.fault is not None:
            raise self.fault
        super().wake(model)


class Defaults(MemoryTenantDestinations):
    """Defaults that may be away."""

    is_away = False

    def get(self, tenant: str) -> tuple[Destination, ...]:
        if self.is_away:
            raise Unavailable("dependency-unavailable", "DynamoDB did not answer", retry_after_s=5)
        return super().get(tenant)


HOOK = Destination("webhook", "https://example.com/hook")
STARTS = Destination("webhook", "https://example.com/starts", (EventType.STARTED,))
TOLD = b'{"payload": 1, "destination": {"type": "webhook", "url": "https://example.com/own"}}'
LARGE = b'{"payload": "' + b"a" * 10_000 + b'"}'


class Desk:
    """An intake and its twins."""

    def __init__(self, backlog_limit: int = 0, retention_days: int = 30) -> None:
        self.now_ms = NOW_MS
        self.waker = Waker()
        self.store = MemoryStore()
        self.queue = Faulty(lambda: self.now_ms)
        self.inputs = MemoryBucket("inputs")
        self.defaults = Defaults()
        queues: dict[str, Queue] = {"default": self.queue}
        self.intake = Intake(
            store=self.store,
            queues=MemoryQueues(queues),
            inputs=self.inputs,
            clock=lambda: self.now_ms,
            backlog_limit=backlog_limit,
            retention_days=retention_days,
            waking=Waking(figures=MemoryFigures(), waker=self.waker, clock=lambda: self.now_ms),
            defaults=DefaultDestinations(self.defaults, lambda: self.now_ms),
        )


def test_a_job_is_stored_before_its_message_is_sent() -> None:
    desk = Desk()
    sent: list[bool] = []
    send = desk.queue.send

    def check(body: str, *, group: str) -> None:
        sent.append(desk.store.get(message.decode(body).key) is not None)
        send(body, group=group)

    desk.queue.send = check  # type: ignore[method-assign]
    desk.intake.accept(order())

    assert sent == [True]


@pytest.mark.parametrize("error", [Unavailable("x", "y"), RuntimeError("bug")])
@pytest.mark.parametrize("is_repeatable", [True, False])
def test_a_send_that_fails_leaves_only_what_can_be_asked_for_again(
    error: Exception, *, is_repeatable: bool
) -> None:
    desk = Desk()
    desk.queue.error = error

    with pytest.raises(type(error)):
        desk.intake.accept(order(is_repeatable=is_repeatable))

    assert len(desk.store._records) == (1 if is_repeatable else 0)


def test_a_queue_that_was_deleted_meanwhile_is_no_model() -> None:
    for limit in (0, 5):
        desk = Desk(backlog_limit=limit)
        desk.queue.error = UnknownModel("default")
        with pytest.raises(NotFound):
            desk.intake.accept(order())
        assert not desk.store._records


def test_a_job_outlives_its_deadline_by_a_day_whatever_the_retention() -> None:
    job = Desk(retention_days=1).intake.accept(order(body=b'{"payload": 1, "ttlSeconds": 1209600}'))

    assert job.delete_at_s == job.expires_at_ms // 1000 + 86_400
    assert Desk(retention_days=30).intake.accept(order()).delete_at_s == NOW_MS // 1000 + 2_592_000


def test_the_depth_is_asked_for_once_in_five_seconds_and_not_at_all_without_a_limit() -> None:
    desk, unlimited = Desk(backlog_limit=100), Desk()
    for number in range(5):
        desk.intake.accept(order(f"j{number}"))
        unlimited.intake.accept(order(f"j{number}"))
    assert (desk.queue.asked, unlimited.queue.asked) == (1, 0)

    desk.now_ms += 5_000
    desk.intake.accept(order("j9"))

    assert desk.queue.asked == 2


def test_messages_in_flight_count_as_backlog() -> None:
    desk = Desk(backlog_limit=1)
    desk.intake.accept(order("j1"))
    desk.queue.receive(limit=1, wait_s=0, lease_s=60)
    desk.now_ms += 5_000

    with pytest.raises(TooMany) as refused:
        desk.intake.accept(order("j2"))

    assert refused.value.retry_after_s is not None


def test_a_payload_of_another_request_is_never_overwritten() -> None:
    desk = Desk()
    large = ('{"payload": "' + "a" * 10_000 + '"}').encode()
    job = desk.intake.accept(order(body=large))

    with pytest.raises(SpillwayError):
        desk.intake.accept(order(body=large.replace(b"a", b"b")))

    kept = desk.inputs.get(desk.inputs.key(job.payload_uri or "") or "")
    assert kept == b'"' + b"a" * 10_000 + b'"'


def test_fifty_orders_at_once_under_one_id_are_one_job() -> None:
    desk = Desk()
    start = threading.Barrier(50)

    def accept(_: int) -> str:
        start.wait()
        return desk.intake.accept(order()).job_id

    with ThreadPoolExecutor(50) as pool:
        assert set(pool.map(accept, range(50))) == {"j1"}

    assert len(desk.store._records) == 1


def test_fifty_different_orders_at_once_under_one_id_are_one_job_and_49_refusals() -> None:
    desk = Desk()
    start = threading.Barrier(50)

    def accept(number: int) -> str:
        start.wait()
        try:
            return desk.intake.accept(order(body=b'{"payload": %d}' % number)).fingerprint
        except SpillwayError:
            return "refused"

    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(accept, range(50)))

    assert answers.count("refused") == 49
    [record] = desk.store._records.values()
    assert record["fingerprint"] in answers


def test_a_model_is_woken_once_its_job_is_stored_and_on_its_way() -> None:
    desk = Desk()
    seen: list[tuple[int, int]] = []
    desk.waker.look = lambda: seen.append((len(desk.store._records), desk.queue.depth().visible))

    desk.intake.accept(order())

    assert desk.waker.woken == ["default"]
    assert seen == [(1, 1)]


def test_a_job_is_accepted_though_nobody_can_be_woken() -> None:
    desk = Desk()
    desk.waker.fault = Unavailable("dependency-unavailable", "Lambda did not answer")

    job = desk.intake.accept(order(is_repeatable=False))

    assert desk.store.get(job.key) == job
    assert desk.queue.depth().visible == 1


def test_a_job_that_was_refused_wakes_nobody() -> None:
    desk = Desk()
    desk.queue.error = Unavailable("x", "y")

    with pytest.raises(Unavailable):
        desk.intake.accept(order())

    assert desk.waker.woken == []


def test_a_repeat_that_is_sent_again_wakes_its_model() -> None:
    desk = Desk()
    desk.queue.error = Unavailable("x", "y")
    with pytest.raises(Unavailable):
        desk.intake.accept(order())
    desk.queue.error = None

    desk.intake.accept(order())

    assert desk.waker.woken == ["default"]


def test_a_job_is_told_of_where_it_says_else_where_its_tenant_says() -> None:
    desk = Desk()
    desk.defaults.set("acme", [HOOK])

    silent, own, nowhere = (
        desk.intake.accept(order(name, body))
        for name, body in (
            ("silent", b'{"payload": 1}'),
            ("own", TOLD),
            ("nowhere", b'{"payload": 1, "destinations": []}'),
        )
    )

    assert silent.destinations == to_text([HOOK])
    assert own.destinations == to_text([Destination("webhook", "https://example.com/own")])
    assert nowhere.destinations is None


def test_a_job_says_whether_its_start_is_told() -> None:
    ends, starts = HOOK.document(), STARTS.document()
    requests: list[dict[str, Any]] = [
        {},
        {"destination": ends},
        {"destinations": [ends, starts]},
        {"destinations": []},
    ]
    desk = Desk()
    desk.defaults.set("acme", [HOOK, STARTS])

    told = [
        desk.intake.accept(order(f"j{place}", json.dumps({"payload": 1, **fields}).encode()))
        for place, fields in enumerate(requests)
    ]

    assert [job.tells_start for job in told] == [True, False, True, False]


def test_without_a_default_a_job_is_told_of_nowhere() -> None:
    assert Desk().intake.accept(order()).destinations is None


def test_nothing_is_stored_where_the_default_cannot_be_read() -> None:
    desk = Desk()
    desk.defaults.is_away = True

    with pytest.raises(Unavailable):
        desk.intake.accept(order(body=LARGE))

    assert not desk.store._records
    assert not desk.inputs.objects
    assert desk.queue.depth().visible == 0


def test_a_job_that_says_where_needs_no_default() -> None:
    desk = Desk()
    desk.defaults.is_away = True

    assert desk.intake.accept(order(body=TOLD)).destinations is not None


def test_the_same_request_is_the_same_job_though_the_default_has_changed_since() -> None:
    desk = Desk()
    first = desk.intake.accept(order())
    desk.defaults.set("acme", [HOOK])
    desk.now_ms += 60_000

    again = desk.intake.accept(order())

    assert again == first
    assert again.destinations is None
