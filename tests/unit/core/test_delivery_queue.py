from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from spillway.aws.delivery_queue import batches
from spillway.aws.wire.queue import MOST_BYTES

KIB = 1024


@given(st.lists(st.integers(0, 1024), max_size=50))
def test_messages_go_in_order_ten_at_once_and_a_mebibyte_in_all(kibibytes: list[int]) -> None:
    messages = [("acme", "ü" * (size * KIB // 2)) for size in kibibytes]

    sent = list(batches(messages))

    assert [message for batch in sent for message in batch] == messages
    assert all(1 <= len(batch) <= 10 for batch in sent)
    assert all(sum(len(body.encode()) for _, body in batch) <= MOST_BYTES for batch in sent)


def test_a_batch_ends_no_sooner_than_it_must() -> None:
    messages = [("acme", "x" * 100 * KIB)] * 21

    assert [len(batch) for batch in batches(messages)] == [10, 10, 1]
    assert [len(batch) for batch in batches([("acme", "x" * 512 * KIB)] * 5)] == [2, 2, 1]


def test_a_message_that_no_batch_can_hold_goes_alone_for_sqs_to_refuse() -> None:
    sizes = [1, 2 * MOST_BYTES, 1]

    sent = list(batches([("acme", "x" * size) for size in sizes]))

    assert [[len(body) for _, body in batch] for batch in sent] == [[size] for size in sizes]
