"""When a delivery that failed is tried again."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from spillway.errors import DeliveryRefused, ReceiverGone
from spillway.event import EventType

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spillway.deliveries.delivery import Delivery
    from spillway.errors import Undelivered

DELAYS_S = (5, 300, 1_800, 7_200, 18_000, 36_000)
"""How long after each attempt but the last the next one is due: Standard Webhooks' schedule as far
as SQS hides a message. Seven attempts, the last one about 18 hours after the first.
https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md"""
MOST_DELAYS = 10
"""As many may an operator ask for: the queue gives a message up after twenty receives."""
ATTEMPTS = len(DELAYS_S) + 1
JITTER = 0.1
"""The part of a delay by which it may be longer, so that what failed together is not tried so."""
MOST_HIDDEN_S = 43_200 - 300
"""SQS hides a message for 12 hours at most, counted from its receive, and refuses to hide it for
longer: five minutes are left for what has passed since.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html"""


def next_attempt(
    delivery: Delivery,
    error: Undelivered,
    *,
    now_ms: int,
    jitter: float,
    delays_s: Sequence[int] = DELAYS_S,
) -> int | None:
    """When to try again after an attempt that failed now; None where that was the last one.

    `delivery` is as it was before the attempt; `jitter` is a number from 0 to 1. A sample has one
    attempt: whoever asked for it wants to know what came of it.
    """
    made = delivery.attempts - delivery.attempts_before
    is_last = made >= len(delays_s) or delivery.event is EventType.TEST
    if is_last or isinstance(error, DeliveryRefused | ReceiverGone):
        return None
    delay_s = delays_s[made] * (1 + JITTER * jitter)
    return now_ms + round(1000 * min(max(delay_s, error.retry_after_s or 0), MOST_HIDDEN_S))


def hidden_s(until_ms: int, *, now_ms: int) -> int:
    """For how many seconds a message is to be hidden, 0 where it is due."""
    return max(0, min(math.ceil((until_ms - now_ms) / 1000), MOST_HIDDEN_S))
