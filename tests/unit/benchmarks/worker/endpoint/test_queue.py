from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.worker.endpoint.queue import Message, NotInFlight, Queue


def filled(*bodies: str) -> Queue:
    queue = Queue()
    for body in bodies:
        queue.send(Message(body), now_s=0)
    return queue


def taken(queue: Queue, *, now_s: float, visibility_s: float = 30) -> list[Message]:
    return queue.receive(10, visibility_s=visibility_s, now_s=now_s)


def test_a_received_message_is_hidden_until_its_time_is_over() -> None:
    queue = filled("a")

    (message,) = taken(queue, now_s=0)

    assert taken(queue, now_s=29.9) == []
    assert taken(queue, now_s=30) == [message]
    assert message.receives == 2
    assert (queue.received, queue.redelivered) == (2, 1)


def test_no_more_is_given_than_was_asked_for() -> None:
    queue = filled("a", "b", "c")

    assert len(queue.receive(2, visibility_s=30, now_s=0)) == 2
    assert (queue.depth, queue.in_flight) == (1, 2)


def test_a_deleted_message_never_comes_again() -> None:
    queue = filled("a")
    (message,) = taken(queue, now_s=0)

    queue.delete(message.receipt)

    assert taken(queue, now_s=100) == []
    assert (queue.deleted, queue.depth, queue.in_flight) == (1, 0, 0)


def test_a_message_that_became_visible_is_deleted_by_its_receipt_all_the_same() -> None:
    queue = filled("a")
    (message,) = taken(queue, now_s=0)
    assert queue.next_visible_s(31) is None

    queue.delete(message.receipt)

    assert taken(queue, now_s=31) == []


def test_a_receipt_that_a_later_one_replaced_deletes_nothing() -> None:
    queue = filled("a")
    stale = taken(queue, now_s=0)[0].receipt
    taken(queue, now_s=30)

    queue.delete(stale)

    assert (queue.deleted, queue.stale_deletes, queue.in_flight) == (0, 1, 1)


def test_visibility_is_prolonged_from_now() -> None:
    queue = filled("a")
    (message,) = taken(queue, now_s=0)

    queue.hide(message.receipt, for_s=30, now_s=20)

    assert taken(queue, now_s=49) == []
    assert taken(queue, now_s=50) == [message]


def test_a_message_that_is_given_back_is_there_at_once() -> None:
    queue = filled("a")
    (message,) = taken(queue, now_s=0)

    queue.hide(message.receipt, for_s=0, now_s=1)

    assert taken(queue, now_s=1) == [message]


def test_a_visible_message_can_t_be_hidden() -> None:
    queue = filled("a")
    (message,) = taken(queue, now_s=0)

    with pytest.raises(NotInFlight):
        queue.hide(message.receipt, for_s=30, now_s=30)


def test_a_delayed_message_comes_when_its_delay_is_over() -> None:
    queue = Queue()
    queue.send(Message("a"), now_s=0, delay_s=5)

    assert taken(queue, now_s=4) == []
    assert queue.next_visible_s(4) == 5
    assert [message.receives for message in taken(queue, now_s=5)] == [1]


@given(st.lists(st.tuples(st.sampled_from(["receive", "delete", "hide"]), st.integers(0, 9))))
def test_whatever_is_done_no_message_is_lost_or_doubled(steps: list[tuple[str, int]]) -> None:
    queue = filled(*"abcdefgh")
    receipts: list[str] = [""]
    for now_s, (step, number) in enumerate(steps):
        receipt = receipts[number % len(receipts)]
        if step == "receive":
            found = queue.receive(number, visibility_s=3, now_s=now_s)
            receipts += [message.receipt for message in found]
        elif step == "delete":
            queue.delete(receipt)
        else:
            try:
                queue.hide(receipt, for_s=number, now_s=now_s)
            except NotInFlight:
                continue

    left = [message.body for message in taken(queue, now_s=1_000)]

    assert len(left) == len(set(left)) == 8 - queue.deleted
