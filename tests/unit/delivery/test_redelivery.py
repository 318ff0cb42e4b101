"""A delivery that is asked for once more, whatever goes wrong meanwhile."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from spillway.deliveries.delivery import KEPT_S, DeliveryStatus, again
from spillway.deliveries.sample import try_out
from spillway.errors import Gone, Unavailable
from tests.unit.core.jobs import NOW_MS
from tests.unit.delivery.world import WEBHOOK, World, away, down, succeeded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spillway.deliveries.delivery import Delivery


class Killed(BaseException):
    """The process ends here."""


def retrying(world: World) -> Delivery:
    """A delivery that failed once, while its message is hidden until the next attempt."""
    world.receiver.answers = [down(), None]
    world.end(succeeded())
    world.lambda_runs()
    assert world.one.status is DeliveryStatus.RETRYING
    return world.one


def test_a_queue_that_is_away_leaves_it_as_it_was(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a queue that refuses a message, after the one before has come
    delivery = retrying(world)

    def refuse(_messages: Sequence[tuple[str, str]]) -> None:
        world.clock.pass_s(10)
        world.lambda_runs()
        raise away()

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(world.queue, "send", refuse)
        with pytest.raises(Unavailable):
            world.redeliver(delivery)

    # Then that one's attempt counts
    assert (world.one.status, world.one.round) == (DeliveryStatus.DELIVERED, 1)


@pytest.mark.parametrize("error", [RuntimeError("AccessDenied"), Killed()], ids=repr)
def test_a_message_that_is_not_sent_leaves_it_as_it_was(
    world: World, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    delivery = retrying(world)

    def fail(_messages: Sequence[tuple[str, str]]) -> None:
        raise error

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(world.queue, "send", fail)
        with pytest.raises(type(error)):
            world.redeliver(delivery)
    assert world.one == delivery

    world.run()
    assert (world.one.status, world.one.round) == (DeliveryStatus.DELIVERED, 1)


def test_a_process_that_ends_between_send_and_write_loses_no_round(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    delivery = retrying(world)

    def end(_delivery: Delivery) -> bool:
        raise Killed

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(world.deliveries, "replace", end)
        with pytest.raises(Killed):
            world.redeliver(delivery)
    assert world.one.round == 1

    world.run()
    assert (world.one.status, world.one.round) == (DeliveryStatus.DELIVERED, 2)


def test_a_write_whose_answer_is_lost_is_told_as_done(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    delivery = retrying(world)
    write = world.deliveries.replace

    def written_unheard(asked: Delivery) -> bool:
        write(asked)
        raise away()

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(world.deliveries, "replace", written_unheard)
        asked = world.redeliver(delivery)

    assert asked == world.one
    assert (asked.status, asked.round) == (DeliveryStatus.PENDING, 2)
    world.run()
    assert (world.one.status, world.one.round) == (DeliveryStatus.DELIVERED, 2)


def test_a_table_that_is_away_leaves_the_round_to_its_message(world: World) -> None:
    delivery = retrying(world)
    world.deliveries.faults["replace"] = [away()]

    asked = world.redeliver(delivery)

    assert (asked.round, world.one.round) == (2, 1)
    world.run()
    assert (world.one.status, world.one.round) == (DeliveryStatus.DELIVERED, 2)


def test_an_attempt_that_writes_first_keeps_no_round_back(world: World) -> None:
    # Given a redelivery of what was read before its last attempt
    delivery = retrying(world)
    world.run()
    assert world.one.status is DeliveryStatus.DELIVERED

    asked = world.redeliver(delivery)
    world.run()

    assert (asked.status, asked.round) == (DeliveryStatus.PENDING, 2)
    assert (world.one.status, world.one.round) == (DeliveryStatus.DELIVERED, 2)
    assert len(world.receiver.got) == 3


def test_two_that_are_asked_for_at_once_are_one_round(world: World) -> None:
    delivery = retrying(world)

    first, second = world.redeliver(delivery), world.redeliver(delivery)

    assert first == second == world.one
    world.run()
    assert (world.one.status, world.one.round) == (DeliveryStatus.DELIVERED, 2)
    assert len(world.receiver.got) == 2


def test_a_message_two_rounds_ahead_begins_its_own(world: World) -> None:
    # Given two redeliveries of which neither came to be written
    delivery = retrying(world)
    world.deliveries.faults["replace"] = [away(), away()]
    ahead = world.redeliver(replace(delivery, round=2))
    behind = world.redeliver(delivery)

    world.run()

    assert (ahead.round, behind.round, world.one.round) == (3, 2, 3)
    assert world.one.status is DeliveryStatus.DELIVERED
    assert world.messages == 0


def test_a_further_round_is_kept_for_its_schedule(world: World) -> None:
    delivery = retrying(world)

    late_ms = delivery.delete_at_s * 1000 - 60_000
    assert again(delivery, now_ms=late_ms).delete_at_s == late_ms // 1000 + KEPT_S
    early = replace(delivery, delete_at_s=late_ms)
    assert again(early, now_ms=NOW_MS).delete_at_s == late_ms


def test_a_job_that_is_gone_can_be_told_of_no_more(world: World) -> None:
    delivery = retrying(world)
    world.jobs.clear()

    with pytest.raises(Gone):
        world.redeliver(delivery)

    assert world.one == delivery
    assert world.messages == 1


# --- samples --------------------------------------------------------------------------------------


def tried(world: World, *, key: str | None = None) -> Delivery:
    return try_out(
        WEBHOOK,
        tenant="acme",
        idempotency_key=key,
        deliveries=world.deliveries,
        queue=world.queue,
        now_ms=world.clock(),
    )


def test_a_sample_is_its_first_round(world: World) -> None:
    sample = tried(world)

    assert sample == world.one
    assert (sample.status, sample.round, sample.last_error) == (DeliveryStatus.PENDING, 1, None)
    world.run()
    assert world.one.status is DeliveryStatus.DELIVERED


def test_a_sample_that_is_not_sent_says_so_and_waits_for_nothing(world: World) -> None:
    world.queue.is_away = True

    with pytest.raises(Unavailable):
        tried(world)

    assert (world.one.status, world.one.attempts) == (DeliveryStatus.FAILED, 0)
    assert world.one.last_error == "its message was not sent"


def test_a_sample_that_was_not_sent_is_sent_when_it_is_repeated(world: World) -> None:
    world.queue.is_away = True
    with pytest.raises(Unavailable):
        tried(world, key="k")
    world.queue.is_away = False

    tried(world, key="k")
    world.run()

    assert (world.one.status, world.one.round) == (DeliveryStatus.DELIVERED, 1)
    assert len(world.receiver.got) == 1


def test_a_sample_that_was_sent_is_not_sent_again_under_its_key(world: World) -> None:
    tried(world, key="k")
    tried(world, key="k")

    assert world.messages == 1
