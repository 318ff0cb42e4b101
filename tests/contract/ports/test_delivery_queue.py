"""The contract of `DeliveryQueue`: all is taken or the caller told, hidden as long as asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from spillway.aws import tries
from spillway.aws.clients import client
from spillway.aws.delivery_queue import SqsDeliveryQueue
from spillway.errors import Unavailable
from tests.contract.ports.delivery_queues import SqsDeliveryWorld

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mypy_boto3_sqs import SQSClient

    from spillway.ports import Received
    from tests.contract.ports.delivery_queues import DeliveryQueueWorld
    from tests.contract.ports.implementations import Implementation

KIB = 1024


# --- send -----------------------------------------------------------------------------------------


def test_a_message_comes_out_as_it_was_sent(delivery_queue: DeliveryQueueWorld) -> None:
    body = '{"v":1,"body":"ümläut 🙂 日本語 <&>\\"\\u0000"}'
    delivery_queue.queue.send([("acme", body)])

    [received] = delivery_queue.receive()

    assert received.body == body
    assert received.receives == 1


def test_no_messages_are_sent_by_no_call(delivery_queue: DeliveryQueueWorld) -> None:
    delivery_queue.queue.send([])

    assert delivery_queue.receive() == []


@pytest.mark.parametrize(
    ("count", "length"),
    [(25, 10), (12, 100 * KIB), (3, 600 * KIB), (2, KIB * KIB)],
    ids=["25 small", "12 of 100 KiB", "3 of 600 KiB", "2 of 1 MiB"],
)
def test_many_messages_are_sent_however_many_calls_they_take(
    delivery_queue: DeliveryQueueWorld, count: int, length: int
) -> None:
    bodies = [f"{number:02d}".ljust(length, "x") for number in range(count)]

    delivery_queue.queue.send([(f"tenant-{body[1]}", body) for body in bodies])

    assert sorted(_drained(delivery_queue)) == bodies


# --- hide -----------------------------------------------------------------------------------------


def test_a_message_is_hidden_as_long_as_asked(delivery_queue: DeliveryQueueWorld) -> None:
    [received] = _sent_and_received(delivery_queue)

    delivery_queue.queue.hide(received.receipt, for_s=2)

    assert delivery_queue.receive() == []
    delivery_queue.pass_time(2)
    [again] = delivery_queue.receive()
    assert again.receives == 2


def test_a_message_hidden_for_no_time_comes_at_once(delivery_queue: DeliveryQueueWorld) -> None:
    [received] = _sent_and_received(delivery_queue)

    delivery_queue.queue.hide(received.receipt, for_s=0)

    assert len(delivery_queue.receive()) == 1


def test_to_hide_a_message_that_is_gone_is_no_fault(delivery_queue: DeliveryQueueWorld) -> None:
    [received] = _sent_and_received(delivery_queue)
    delivery_queue.delete(received.receipt)

    delivery_queue.queue.hide(received.receipt, for_s=60)

    assert delivery_queue.receive() == []


# --- on SQS: what was taken in part ---------------------------------------------------------------


@pytest.fixture
def sqs(on_moto: Implementation, monkeypatch: pytest.MonkeyPatch) -> SQSClient:
    monkeypatch.setattr(tries, "_PAUSE_S", 0)
    return client("sqs")


def test_what_a_batch_left_out_is_sent_again_and_nothing_else(
    sqs: SQSClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a queue that takes but the first half of each batch,
    world = SqsDeliveryWorld(sqs, "spillway")
    _patch_batches(sqs, monkeypatch, lambda entries: entries[len(entries) // 2 + 1 :])

    # when ten messages are sent,
    world.queue.send([("acme", str(number)) for number in range(10)])

    # then each is there, once.
    assert sorted(_drained(world)) == [str(number) for number in range(10)]


def test_what_is_never_taken_makes_the_queue_unavailable(
    sqs: SQSClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = SqsDeliveryWorld(sqs, "spillway")
    _patch_batches(sqs, monkeypatch, lambda entries: entries[-1:])

    with pytest.raises(Unavailable, match=r"1 entries: InternalError"):
        world.queue.send([("acme", "taken"), ("acme", "refused")])

    assert _drained(world) == ["taken"]


def test_each_message_is_in_the_group_of_its_tenant(on_moto: Implementation) -> None:
    sqs = client("sqs")
    url = sqs.create_queue(QueueName="spillway-delivery")["QueueUrl"]

    SqsDeliveryQueue(sqs, url).send([("acme", "ours"), ("other", "theirs")])

    received = sqs.receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, MessageSystemAttributeNames=["MessageGroupId"]
    )
    groups = {each["Body"]: each["Attributes"]["MessageGroupId"] for each in received["Messages"]}
    assert groups == {"ours": "acme", "theirs": "other"}


def _sent_and_received(world: DeliveryQueueWorld) -> Sequence[Received]:
    world.queue.send([("acme", "{}")])
    return world.receive()


def _drained(world: DeliveryQueueWorld) -> list[str]:
    bodies: list[str] = []
    while received := world.receive():
        bodies += [message.body for message in received]
    return bodies


def _patch_batches(
    sqs: SQSClient,
    monkeypatch: pytest.MonkeyPatch,
    refused: Callable[[Sequence[Any]], Sequence[Any]],
) -> None:
    """Let the queue refuse some entries of each batch."""
    real = sqs.send_message_batch

    def in_part(*, QueueUrl: str, Entries: Sequence[Any]) -> Any:  # noqa: N803
        out = refused(Entries)
        taken = [entry for entry in Entries if entry not in out]
        if taken:
            real(QueueUrl=QueueUrl, Entries=taken)
        failed = [{"Id": each["Id"], "Code": "InternalError", "SenderFault": False} for each in out]
        return {"Failed": failed} if failed else {}

    monkeypatch.setattr(sqs, "send_message_batch", in_part)
