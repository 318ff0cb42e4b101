"""What SQS is asked for."""

from __future__ import annotations

import pytest

from spillway.aws.wire.queue import MOST_BYTES, burying

REASON = "malformed_message: not JSON"
ROOM = MOST_BYTES - len("reason" + "String" + REASON)


@pytest.mark.parametrize(
    ("length", "is_told"), [(10, True), (ROOM, True), (ROOM + 1, False), (MOST_BYTES, False)]
)
def test_a_dead_letter_that_fills_its_message_is_buried_without_its_reason(
    length: int, is_told: bool
) -> None:
    request = burying("https://sqs/dlq", "x" * length, group="acme", reason=REASON)

    assert len(request["MessageBody"]) == length
    assert ("MessageAttributes" in request) == is_told
