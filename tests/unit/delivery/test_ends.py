"""Whatever happens, each delivery ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from delivery.schedule import ATTEMPTS
from spillway.deliveries.delivery import DeliveryStatus
from spillway.errors import DeliveryRefused, ReceiverGone, Undelivered
from tests.unit.delivery.world import TOPIC, WEBHOOK, World, away, succeeded

if TYPE_CHECKING:
    from spillway.deliveries.delivery import Delivery

RETRY_AFTER_S = st.one_of(st.none(), st.integers(0, 10**6))
ANSWERS = st.one_of(
    st.none(),
    st.builds(lambda s: Undelivered("down", retry_after_s=s), RETRY_AFTER_S),
    st.builds(ReceiverGone, st.just("answered 410")),
    st.builds(DeliveryRefused, st.just("a private address")),
    st.builds(lambda _: away(), st.none()),
    st.builds(RuntimeError, st.just("a bug of ours")),
)
FAULTS = st.lists(st.sampled_from([away(), RuntimeError("killed")]), max_size=6)


@settings(deadline=None)  # threads start when the machine lets them
@given(
    answers=st.lists(ANSWERS, min_size=1, max_size=30),
    reads=FAULTS,
    writes=FAULTS,
    copies=st.integers(0, 3),
    seed=st.integers(0, 99),
)
def test_each_delivery_ends_after_seven_attempts_at_most(
    answers: list[Exception | None],
    reads: list[Exception],
    writes: list[Exception],
    copies: int,
    seed: int,
) -> None:
    # Given receivers, a table and a queue of every mood, which mend after a while
    world = World(seed=seed)
    world.receiver.answers = [*answers, Undelivered("down for good")]
    world.end(succeeded(WEBHOOK, TOPIC))
    world.queue.send(world.queue.sent[:1] * copies)
    world.deliveries.faults = {"get": list(reads), "replace": list(writes)}

    # When all time has passed
    world.run()

    # Then nothing is left to do, and the history has each attempt
    assert world.messages == 0
    for delivery in world.deliveries.held.values():
        assert_ended(delivery)
    # And whatever was sent of one event was the same
    texts = {text for _, text in world.receiver.got}
    assert len(texts) <= 1


def assert_ended(delivery: Delivery) -> None:
    assert delivery.status.is_over
    assert delivery.next_attempt_at_ms is None
    assert 1 <= delivery.attempts == len(delivery.history) <= ATTEMPTS
    succeeded_last = delivery.history[-1].error is None
    assert succeeded_last == (delivery.status is DeliveryStatus.DELIVERED)
    assert all(attempt.error is not None for attempt in delivery.history[:-1])
    at_ms = [attempt.at_ms for attempt in delivery.history]
    assert at_ms == sorted(at_ms)
