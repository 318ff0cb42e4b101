"""One delivery from its first attempt to its last."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest

from delivery.schedule import DELAYS_S, MOST_HIDDEN_S
from spillway.deliveries.announcement import sample_text, text_of
from spillway.deliveries.delivery import Attempt, DeliveryStatus, again, due
from spillway.deliveries.message import encode
from spillway.deliveries.sample import try_out
from spillway.destinations.allowed import Allowed
from spillway.destinations.destination import Destination
from spillway.errors import Undelivered
from tests.unit.core.jobs import NOW_MS
from tests.unit.delivery.world import (
    TOOK_MS,
    TOPIC,
    URL,
    WEBHOOK,
    World,
    away,
    down,
    gone,
    succeeded,
)


def test_what_is_taken_is_delivered_by_one_attempt(world: World) -> None:
    world.end(succeeded())

    world.run()

    assert world.one.status is DeliveryStatus.DELIVERED
    assert world.one.history == (Attempt(NOW_MS, TOOK_MS, None),)
    assert world.one.delivered_at_ms == NOW_MS + TOOK_MS
    assert len(world.receiver.got) == 1


def test_a_dead_receiver_is_tried_seven_times_then_given_up(world: World) -> None:
    # Given a receiver that never takes anything
    world.receiver.answers = [down()]
    world.end(succeeded())

    # When all has been tried
    world.run()

    # Then it was at the times of the schedule, each up to a tenth and a second late
    waits_s = [(then - first) / 1000 for first, then in pairwise(world.receiver.got_at_ms)]
    for waited_s, delay_s in zip(waits_s, DELAYS_S, strict=True):
        assert delay_s <= waited_s <= delay_s * 1.1 + 1 + TOOK_MS / 1000
    # And the delivery tells of each
    assert world.one.status is DeliveryStatus.FAILED
    assert world.one.attempts == 7
    assert [attempt.at_ms for attempt in world.one.history] == world.receiver.got_at_ms
    assert {attempt.error for attempt in world.one.history} == {"answered 500"}
    assert (world.one.last_error, world.one.next_attempt_at_ms) == ("answered 500", None)


def test_each_attempt_sends_the_same_bytes_under_the_same_id(world: World) -> None:
    world.receiver.answers = [down()]
    world.end(succeeded())

    world.run()

    assert len(world.receiver.got) == 7
    assert len(set(world.receiver.got)) == 1


def test_a_receiver_that_comes_back_is_delivered_to(world: World) -> None:
    world.receiver.answers = [down(), down(), None]
    world.end(succeeded())

    world.run()

    assert world.one.status is DeliveryStatus.DELIVERED
    assert [attempt.error for attempt in world.one.history] == ["answered 500"] * 2 + [None]


def test_while_it_is_retried_a_delivery_tells_when_the_next_attempt_is(world: World) -> None:
    world.receiver.answers = [down()]
    world.end(succeeded())

    world.lambda_runs()

    assert world.one.status is DeliveryStatus.RETRYING
    assert world.one.next_attempt_at_ms is not None
    assert 5 <= (world.one.next_attempt_at_ms - world.clock.now_ms) / 1000 <= 5.5
    assert world.hidden_s == 6


def test_a_receiver_that_asks_for_a_pause_has_it(world: World) -> None:
    world.receiver.answers = [Undelivered("answered 429", retry_after_s=90), None]
    world.end(succeeded())

    world.run()

    first_ms, second_ms = world.receiver.got_at_ms
    assert second_ms - first_ms == 90_000 + TOOK_MS


def test_a_pause_of_days_is_cut_to_what_the_queue_can_hide(world: World) -> None:
    world.receiver.answers = [Undelivered("answered 503", retry_after_s=10**6)]
    world.end(succeeded())

    world.lambda_runs()

    assert world.hidden_s == MOST_HIDDEN_S


# --- webhooks that are gone -----------------------------------------------------------------------


def disabled(world: World) -> World:
    """A world whose webhook has answered 410 to a first delivery."""
    world.receiver.answers = [gone()]
    world.end(succeeded(job_id="first"))
    world.run()
    world.receiver.got.clear()
    world.receiver.answers = [None]
    return world


def test_a_webhook_that_is_gone_fails_at_once_and_is_disabled(world: World) -> None:
    world.receiver.answers = [gone()]
    world.end(succeeded())

    world.run()

    assert (world.one.status, world.one.attempts) == (DeliveryStatus.FAILED, 1)
    assert world.disabled.held == {("acme", URL): NOW_MS + TOOK_MS}


def test_nothing_more_is_sent_to_a_disabled_webhook(world: World) -> None:
    disabled(world).end(succeeded(job_id="later"))

    world.run()

    assert world.receiver.got == []
    assert world.statuses() == [DeliveryStatus.FAILED] * 2
    [later] = [each for each in world.deliveries.held.values() if each.job_id == "later"]
    assert later.last_error == (
        "the webhook is disabled, by its answer 410 or by the operator: redeliver to try it again"
    )


def test_another_tenant_and_another_url_are_not_disabled(world: World) -> None:
    disabled(world).end(succeeded(tenant="globex"))
    world.end(succeeded(Destination("webhook", "https://receiver.example/other"), job_id="j2"))

    world.run()

    assert len(world.receiver.got) == 2


def test_a_redelivery_tries_a_disabled_webhook_and_enables_it(world: World) -> None:
    # Given a job whose webhook was gone
    disabled(world)

    # When it is delivered again, and another job ends
    world.redeliver(world.one)
    world.run()
    world.end(succeeded(job_id="later"))
    world.run()

    # Then both are delivered
    assert world.statuses() == [DeliveryStatus.DELIVERED] * 2
    assert world.disabled.held == {}


def test_a_redelivery_to_a_webhook_that_is_still_gone_leaves_it_disabled(world: World) -> None:
    disabled(world)
    world.receiver.answers = [gone()]

    world.redeliver(world.one)
    world.run()

    assert (world.one.status, world.one.attempts) == (DeliveryStatus.FAILED, 2)
    assert ("acme", URL) in world.disabled.held


def test_a_sample_tries_a_disabled_webhook_and_enables_it(world: World) -> None:
    disabled(world)

    sample = try_out(
        WEBHOOK,
        tenant="acme",
        idempotency_key=None,
        deliveries=world.deliveries,
        queue=world.queue,
        now_ms=world.clock(),
    )
    world.run()

    assert world.receiver.got == [(sample.delivery_id, sample_text(sample))]
    assert world.disabled.held == {}


# --- what the operator does not allow -------------------------------------------------------------


@pytest.mark.parametrize(
    "allowed", [Allowed(), Allowed(["arn:aws:sns:*"], ["arn:aws:sns:*:*:results"])]
)
def test_what_is_no_longer_allowed_fails_at_once_and_unsent(world: World, allowed: Allowed) -> None:
    # Given a job that was taken before its operator changed what is allowed
    world.end(succeeded(TOPIC))
    world.allowed = allowed

    world.run()

    assert world.receiver.got == []
    assert (world.one.status, world.one.attempts) == (DeliveryStatus.FAILED, 1)
    assert TOPIC.address in (world.one.last_error or "")


# --- results --------------------------------------------------------------------------------------


def test_a_result_that_lies_in_the_text_needs_no_link(world: World) -> None:
    ended = succeeded()
    world.end(ended)

    world.run()

    assert world.receiver.got == [(world.one.delivery_id, text_of(ended, world.one.event))]


def test_a_result_that_lies_elsewhere_comes_as_a_link_made_for_each_attempt(world: World) -> None:
    world.receiver.answers = [down(), None]
    world.end(succeeded(result=None))

    world.run()

    first, second = (json.loads(text)["data"]["result"] for _, text in world.receiver.got)
    uri = "s3://results/results/acme/j1/1.json"
    link = "https://results.example/results/acme/j1/1.json?expires=43200"
    assert first == second == {"uri": uri, "link": link}


def test_a_result_in_a_bucket_that_is_not_ours_gets_no_link(world: World) -> None:
    world.end(succeeded(result=None, result_uri="s3://elsewhere/key"))

    world.run()

    [(_, text)] = world.receiver.got
    assert json.loads(text)["data"]["result"] == {"uri": "s3://elsewhere/key"}


# --- messages that have nothing to do -------------------------------------------------------------


def test_a_second_message_for_what_is_over_sends_nothing(world: World) -> None:
    world.end(succeeded())
    world.run()

    [(tenant, body)] = world.queue.sent
    world.queue.send([(tenant, body)])
    world.run()

    assert len(world.receiver.got) == 1


def test_a_second_message_for_what_is_retried_waits_for_its_next_attempt(world: World) -> None:
    # Given a delivery that failed once, and a copy of its message
    world.receiver.answers = [down(), None]
    world.end(succeeded())
    world.lambda_runs()
    world.queue.send(world.queue.sent[:1])

    # When the copy comes before the next attempt is due
    world.lambda_runs()
    assert len(world.receiver.got) == 1

    # Then there is one attempt more
    world.run()
    assert len(world.receiver.got) == 2
    assert world.one.attempts == 2


def test_a_message_of_an_earlier_round_leaves_the_work_to_the_later_one(world: World) -> None:
    # Given a delivery that is being retried when it is delivered again
    world.receiver.answers = [down(), None]
    world.end(succeeded())
    world.lambda_runs()
    world.redeliver(world.one)

    world.run()

    assert len(world.receiver.got) == 2
    assert (world.one.status, world.one.round) == (DeliveryStatus.DELIVERED, 2)


def test_a_message_of_an_earlier_round_goes_unsent(world: World) -> None:
    # Given a delivery in its second round, whose message is not there yet
    world.end(succeeded())
    world.deliveries.replace(again(world.one, now_ms=world.clock()))

    # When the first round's message comes
    world.run()

    assert world.receiver.got == []
    assert world.messages == 0
    assert world.one.status is DeliveryStatus.PENDING


def test_a_redelivery_of_what_was_given_up_has_seven_attempts_more(world: World) -> None:
    world.receiver.answers = [down()]
    world.end(succeeded())
    world.run()

    world.redeliver(world.one)
    world.run()

    assert (world.one.status, world.one.attempts) == (DeliveryStatus.FAILED, 14)
    assert len(set(world.receiver.got)) == 1


def test_a_message_whose_delivery_is_gone_goes(world: World) -> None:
    [never_stored] = due(succeeded())
    world.queue.send([("acme", encode(never_stored, "{}"))])

    world.run()

    assert world.receiver.got == []
    assert world.messages == 0


# --- more than one sender -------------------------------------------------------------------------


def test_of_two_senders_at_once_one_writes_and_both_messages_go(world: World) -> None:
    # Given another sender that delivers the same while this one does
    world.end(succeeded())
    world.receiver.meanwhile = world.other_sender(delivers=True)

    world.run()

    assert (world.one.status, world.one.attempts) == (DeliveryStatus.DELIVERED, 1)
    assert world.messages == 0


def test_a_success_counts_though_another_sender_failed_meanwhile(world: World) -> None:
    world.end(succeeded())
    world.receiver.meanwhile = world.other_sender(delivers=False)

    world.run()

    assert len(world.receiver.got) == 1
    assert world.one.status is DeliveryStatus.DELIVERED
    assert [attempt.error for attempt in world.one.history] == ["the other failed", None]


def test_a_success_counts_though_another_sender_gave_up_meanwhile(world: World) -> None:
    # Given a receiver that takes it, while a copy of its message meets a 410
    world.end(succeeded())
    world.receiver.meanwhile = world.other_sender(delivers=False, for_good=True)

    world.run()

    assert world.one.status is DeliveryStatus.DELIVERED
    assert world.one.last_error is None
    assert [attempt.error for attempt in world.one.history] == ["the other failed", None]


def test_a_failure_beside_another_senders_is_no_attempt_more(world: World) -> None:
    world.end(succeeded())
    world.receiver.answers = [down(), None]
    world.receiver.meanwhile = world.other_sender(delivers=False)

    world.lambda_runs()

    assert (world.one.attempts, world.one.last_error) == (1, "the other failed")
    assert world.hidden_s == 5
    world.run()
    assert world.one.status is DeliveryStatus.DELIVERED


def test_an_attempt_during_which_it_was_redelivered_is_left_to_the_new_round(world: World) -> None:
    world.end(succeeded())
    world.receiver.answers = [down(), None]
    world.receiver.meanwhile = world.once(lambda: world.redeliver(world.one))

    world.run()

    assert (world.one.status, world.one.round) == (DeliveryStatus.DELIVERED, 2)
    assert [attempt.error for attempt in world.one.history] == [None]


# --- crashes and outages --------------------------------------------------------------------------


def test_a_crash_between_send_and_write_sends_the_same_again(world: World) -> None:
    # Given an attempt whose outcome is never written
    world.end(succeeded())
    world.deliveries.faults["replace"] = [RuntimeError("killed")]

    # When the message comes back
    world.run()

    # Then the receiver has the same bytes twice, under one id
    assert len(world.receiver.got) == 2
    assert len(set(world.receiver.got)) == 1
    assert (world.one.status, world.one.attempts) == (DeliveryStatus.DELIVERED, 1)


@pytest.mark.parametrize("method", ["get", "replace"])
def test_a_table_that_is_away_costs_no_attempt(world: World, method: str) -> None:
    world.end(succeeded())
    world.deliveries.faults[method] = [away(), away()]

    world.run()

    assert (world.one.status, world.one.attempts) == (DeliveryStatus.DELIVERED, 1)


def test_a_message_that_could_not_be_hidden_waits_when_it_comes_back(world: World) -> None:
    # Given a delivery on its second attempt, whose message comes back long before the third
    world.receiver.answers = [down(), down(), None]
    world.end(succeeded())
    world.lambda_runs()
    world.clock.pass_s(6)
    world.queue.is_away = True
    world.lambda_runs()
    world.queue.is_away = False

    world.run()

    assert [attempt.error for attempt in world.one.history] == ["answered 500"] * 2 + [None]
    assert world.receiver.got_at_ms[2] - world.receiver.got_at_ms[1] >= DELAYS_S[1] * 1000


def test_secrets_that_cannot_be_read_now_cost_no_attempt(world: World) -> None:
    world.receiver.answers = [away(), None]
    world.end(succeeded())

    world.run()

    assert (world.one.status, world.one.attempts) == (DeliveryStatus.DELIVERED, 1)


def test_a_fault_of_ours_is_an_attempt_that_failed(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.receiver.answers = [KeyError("model"), None]
    world.end(succeeded())

    world.run()

    assert world.one.status is DeliveryStatus.DELIVERED
    assert world.one.history[0].error == "a fault of Spillway's own (KeyError)"
    assert "sender failed" in caplog.text
