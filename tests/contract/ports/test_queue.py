"""The contract of `Queue` and `Queues`: given at least once, hidden while leased, or buried."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from spillway.aws.clients import client
from spillway.errors import UnknownModel
from spillway.ports import Depth
from tests.contract.ports.implementations import known_wrong
from tests.contract.ports.queues import MAX_RECEIVES, MODEL, DeadLetter, SqsWorld

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spillway.ports import Queue, Received
    from tests.contract.ports.implementations import Implementation
    from tests.contract.ports.queues import QueueWorld

LEASE_S = 30
NEVER_IN_FLIGHT = "hides a message that is no longer in flight; SQS answers MessageNotInflight"


# --- send and receive -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    ['{"v":1}', '{"text":"ümläut 🙂 日本語 <&>\\"\\u0000"}', '"' + "x" * 200 * 1024 + '"'],
    ids=["plain", "unicode", "200 KiB"],
)
def test_a_message_comes_out_as_it_was_sent(queues: QueueWorld, body: str) -> None:
    queues.one.send(body, group="acme")

    [received] = _receive(queues.one)

    assert received.body == body
    assert received.receives == 1
    assert received.message_id
    assert received.receipt


def test_an_empty_queue_gives_nothing(queues: QueueWorld) -> None:
    assert _receive(queues.one) == []


def test_a_receive_gives_up_to_ten_messages_and_each_is_given_once(queues: QueueWorld) -> None:
    sent = {f"message {number}" for number in range(12)}
    for body in sorted(sent):
        queues.one.send(body, group=f"tenant-{body[-1]}")

    first = _receive(queues.one, limit=10)
    rest = _drain(queues.one)

    assert 1 <= len(first) <= 10
    assert sorted(_bodies(first + rest)) == sorted(sent)


def test_a_receive_gives_no_more_than_its_limit(queues: QueueWorld) -> None:
    for number in range(5):
        queues.one.send(f"message {number}", group="acme")

    assert len(_receive(queues.one, limit=2)) <= 2
    assert len(_receive(queues.one, limit=1)) == 1


def test_to_receive_more_than_ten_at_once_is_a_bug_and_raises(queues: QueueWorld) -> None:
    with pytest.raises((ClientError, ValueError)):
        _receive(queues.one, limit=11)


def test_to_delete_more_than_ten_at_once_is_a_bug_and_raises(queues: QueueWorld) -> None:
    with pytest.raises((ClientError, ValueError)):
        queues.one.delete(["receipt"] * 11)


def test_to_hide_more_than_ten_at_once_is_a_bug_and_raises(
    queues: QueueWorld, implementation: Implementation, request: pytest.FixtureRequest
) -> None:
    known_wrong(request, implementation, "moto", reason="moto does not count these entries")
    with pytest.raises((ClientError, ValueError)):
        queues.one.hide(["receipt"] * 11, for_s=0)


# --- leases ---------------------------------------------------------------------------------------


def test_a_message_that_was_received_is_hidden_until_its_lease_ends(queues: QueueWorld) -> None:
    # Given
    queues.one.send("work", group="acme")
    [first] = _receive(queues.one, lease_s=1)
    assert _receive(queues.one) == []

    # When
    queues.pass_time(1)
    [second] = _receive(queues.one)

    # Then it is the same message, received anew.
    assert (second.message_id, second.body) == (first.message_id, "work")
    assert (first.receives, second.receives) == (1, 2)
    assert second.receipt != first.receipt


def test_a_heartbeat_keeps_a_message_hidden_past_its_first_lease(queues: QueueWorld) -> None:
    queues.one.send("work", group="acme")
    [held] = _receive(queues.one, lease_s=1)

    queues.one.hide([held.receipt], for_s=LEASE_S)
    queues.pass_time(1)

    assert _receive(queues.one) == []


def test_a_message_hidden_for_a_time_comes_back_after_it_and_not_before(
    queues: QueueWorld,
) -> None:
    queues.one.send("work", group="acme")
    [held] = _receive(queues.one)

    queues.one.hide([held.receipt], for_s=1)

    assert _receive(queues.one) == []
    queues.pass_time(1)
    assert _bodies(_receive(queues.one)) == ["work"]


def test_messages_hidden_for_no_time_come_back_at_once(queues: QueueWorld) -> None:
    for number in range(10):
        queues.one.send(f"message {number}", group="acme")
    held = _drain(queues.one)

    queues.one.hide([received.receipt for received in held], for_s=0)

    again = _drain(queues.one)
    assert sorted(_bodies(again)) == sorted(_bodies(held))
    assert {received.receives for received in again} == {2}


def test_an_older_receipt_does_not_hide_a_message_from_who_received_it_since(
    queues: QueueWorld, implementation: Implementation, request: pytest.FixtureRequest
) -> None:
    known_wrong(request, implementation, "moto", reason="moto takes any receipt there ever was")
    queues.one.send("work", group="acme")
    [first] = _receive(queues.one)
    queues.one.hide([first.receipt], for_s=0)
    _receive(queues.one, lease_s=LEASE_S)

    queues.one.hide([first.receipt], for_s=0)

    assert _receive(queues.one) == []


def test_a_message_whose_lease_has_ended_is_not_hidden_again(
    queues: QueueWorld, implementation: Implementation, request: pytest.FixtureRequest
) -> None:
    known_wrong(request, implementation, "moto", "emulator", "light", "aio", reason=NEVER_IN_FLIGHT)
    queues.one.send("work", group="acme")
    [held] = _receive(queues.one)
    queues.one.hide([held.receipt], for_s=0)

    queues.one.hide([held.receipt], for_s=LEASE_S)

    assert _bodies(_receive(queues.one)) == ["work"]


# --- delete ---------------------------------------------------------------------------------------


def test_messages_that_are_deleted_are_gone_for_good(queues: QueueWorld) -> None:
    for number in range(10):
        queues.one.send(f"message {number}", group="acme")
    held = _drain(queues.one, lease_s=1)

    queues.one.delete([received.receipt for received in held])
    queues.pass_time(1)

    assert _receive(queues.one) == []
    assert queues.one.depth() == Depth(visible=0, in_flight=0, delayed=0)


def test_to_delete_twice_is_fine(queues: QueueWorld) -> None:
    queues.one.send("work", group="acme")
    [held] = _receive(queues.one)

    queues.one.delete([held.receipt])
    queues.one.delete([held.receipt])


def test_a_receipt_that_has_gone_is_fine_and_leaves_the_others_their_due(
    queues: QueueWorld,
) -> None:
    # Given one message that is deleted and two that are held,
    for body in ("gone", "hidden", "deleted"):
        queues.one.send(body, group="acme")
    held = {received.body: received.receipt for received in _drain(queues.one)}
    queues.one.delete([held["gone"]])

    # when the gone one comes along in each batch,
    queues.one.hide([held["gone"], held["hidden"]], for_s=0)
    queues.one.delete([held["gone"], held["deleted"]])

    # then the others were hidden and deleted.
    assert _bodies(_drain(queues.one)) == ["hidden"]
    assert queues.one.depth() == Depth(visible=0, in_flight=1, delayed=0)


def test_nothing_to_delete_or_to_hide_is_fine(queues: QueueWorld) -> None:
    queues.one.delete([])
    queues.one.hide([], for_s=0)


# --- the DLQ --------------------------------------------------------------------------------------


def test_a_buried_message_lies_in_the_dlq_with_its_reason(queues: QueueWorld) -> None:
    queues.one.bury('{"größe":"🙂"}', group="acme", reason="worker_lost: großes Übel")

    assert queues.dead_letters() == [DeadLetter('{"größe":"🙂"}', "worker_lost: großes Übel")]
    assert _receive(queues.one) == []


@pytest.mark.parametrize(
    "reason", ["", "null \x00, bell \x07, \ufffe", "x" * 2**20], ids=["empty", "control", "1 MiB"]
)
def test_no_reason_keeps_a_message_from_being_buried(queues: QueueWorld, reason: str) -> None:
    queues.one.bury("work", group="acme", reason=reason)

    assert [dead.body for dead in queues.dead_letters()] == ["work"]


@pytest.mark.parametrize(
    ("reason", "sent"),
    [
        ("", "unknown"),
        (
            "null \x00, bell \x07, \ufffe\uffff, \ud800",
            "null \ufffd, bell \ufffd, \ufffd\ufffd, \ufffd",
        ),
        ("tab\t, line\r\n, ü 🙂", "tab\t, line\r\n, ü 🙂"),
        ("x" * 2**20, "x" * 1_000),
    ],
    ids=["empty", "what XML can't hold", "what it can", "1 MiB"],
)
def test_sqs_is_sent_a_reason_that_it_takes(
    on_moto: Implementation, reason: str, sent: str
) -> None:
    """Neither moto nor the emulator refuses what SQS does."""
    world = SqsWorld(client("sqs"), on_moto.unique)

    world.one.bury("work", group="acme", reason=reason)

    assert world.dead_letters() == [DeadLetter("work", sent)]


def test_a_message_received_too_often_goes_to_the_dlq(queues: QueueWorld) -> None:
    queues.one.send("work", group="acme")
    for receives in range(1, MAX_RECEIVES + 1):
        [held] = _receive(queues.one)
        assert held.receives == receives
        queues.one.hide([held.receipt], for_s=0)

    assert _receive(queues.one) == []
    assert queues.dead_letters() == [DeadLetter("work", None)]


# --- depth ----------------------------------------------------------------------------------------


def test_depth_counts_what_is_ready_and_what_is_held(queues: QueueWorld) -> None:
    assert queues.one.depth() == Depth(visible=0, in_flight=0, delayed=0)
    for number in range(5):
        queues.one.send(f"message {number}", group="acme")
    assert queues.one.depth() == Depth(visible=5, in_flight=0, delayed=0)

    _receive(queues.one, limit=1)

    assert queues.one.depth() == Depth(visible=4, in_flight=1, delayed=0)


# --- which queue ----------------------------------------------------------------------------------


def test_a_model_without_a_queue_is_unknown(queues: QueueWorld) -> None:
    with pytest.raises(UnknownModel):
        queues.all.find("nonesuch")


def test_a_model_is_found_again(queues: QueueWorld) -> None:
    queues.all.find(MODEL).send("work", group="acme")

    assert _bodies(_receive(queues.all.find(MODEL))) == ["work"]


def test_a_model_whose_queue_was_deleted_since_is_unknown(queues: QueueWorld) -> None:
    queue = queues.one
    queues.delete_queue()

    with pytest.raises(UnknownModel):
        queue.send("work", group="acme")


def _receive(queue: Queue, *, limit: int = 10, lease_s: int = LEASE_S) -> list[Received]:
    return list(queue.receive(limit=limit, wait_s=0, lease_s=lease_s))


def _drain(queue: Queue, *, lease_s: int = LEASE_S) -> list[Received]:
    """All there is: one receive may give fewer messages than are ready."""
    found: list[Received] = []
    while some := _receive(queue, lease_s=lease_s):
        found += some
    return found


def _bodies(received: Sequence[Received]) -> list[str]:
    return [message.body for message in received]
