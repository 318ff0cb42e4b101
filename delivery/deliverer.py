"""One message of the delivery queue: whether there is anything to send, and what became of it.

What became of an attempt is written before its message is hidden or goes: a crash in between sends
once more what its receiver knows by the same id.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from delivery.schedule import DELAYS_S, hidden_s, next_attempt
from spillway import log
from spillway.deliveries.announcement import result_left_out, with_link
from spillway.deliveries.delivery import DeliveryStatus, again, delivered, failed
from spillway.errors import DeliveryRefused, Forbidden, ReceiverGone, Unavailable, Undelivered
from spillway.event import EventType
from spillway.view import instant

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping, Sequence

    from spillway.deliveries.delivery import Delivery
    from spillway.deliveries.message import DeliveryMessage
    from spillway.destinations.allowed import Allowed
    from spillway.destinations.destination import Kind
    from spillway.ports import Bucket, Clock, DeliveryStore, DisabledWebhooks

LOG = logging.getLogger("spillway.deliver")

LINK_S = 43_200
"""How long a result's link is to last. It ends sooner with the credentials that signed it, a
role's, which Lambda renews every few hours."""
WRITES = 3
"""How often it is tried to write a success, where each time another sender was faster."""

_SAID = {
    DeliveryStatus.DELIVERED: (logging.INFO, "delivered"),
    DeliveryStatus.RETRYING: (logging.INFO, "undelivered"),
    DeliveryStatus.FAILED: (logging.WARNING, "gave up"),
}


class Sender(Protocol):
    """What delivers to the destinations of one type."""

    def send(self, delivery: Delivery, text: str) -> None:
        """Deliver, or raise `Undelivered`; `Unavailable` where nothing was tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliverer:
    """Delivers what is due. Safe between threads."""

    deliveries: DeliveryStore
    disabled: DisabledWebhooks
    senders: Mapping[Kind, Sender]
    allowed: Allowed
    results: Bucket
    clock: Clock
    rng: random.Random
    delays_s: Sequence[int] = DELAYS_S

    def deliver(self, message: DeliveryMessage) -> int | None:
        """Seconds after which the message is to come again; None where it is done with.

        Raises:
            Unavailable: what became of it could not be read or written.

        """
        delivery = self._in_round(message)
        if delivery is None:
            LOG.warning("delivery gone", extra={"deliveryId": message.key.delivery_id})
        wait_s = self._wait_s(delivery, message)
        if delivery is None or wait_s != 0:
            return wait_s
        return self._wait_s(self._attempt(delivery, message), message)

    def _in_round(self, message: DeliveryMessage) -> Delivery | None:
        """The delivery, in this message's round at least.

        A redelivery sends its message before it writes the round, and may not come to write it.
        """
        delivery = self.deliveries.get(message.key)
        while delivery is not None and delivery.round < message.round:
            begun = replace(again(delivery, now_ms=self.clock()), round=message.round)
            delivery = begun if self.deliveries.replace(begun) else self.deliveries.get(message.key)
        return delivery

    def _wait_s(self, delivery: Delivery | None, message: DeliveryMessage) -> int | None:
        """How long until its next attempt; None where the message has none to wait for."""
        if delivery is None or _is_past(delivery, message):
            return None
        due_ms = delivery.next_attempt_at_ms
        if delivery.status is DeliveryStatus.PENDING or due_ms is None:
            return 0
        return hidden_s(due_ms, now_ms=self.clock())

    def _attempt(self, delivery: Delivery, message: DeliveryMessage) -> Delivery | None:
        """The delivery as it is after an attempt, None where it is gone meanwhile."""
        began_ms = self.clock()
        try:
            self._check(delivery)
            self._send(delivery, message.text)
        except Undelivered as error:
            return self._undelivered(delivery, error, began_ms)
        return self._delivered(delivery, message, began_ms)

    def _check(self, delivery: Delivery) -> None:
        """Raise `DeliveryRefused` where nothing may be sent: rules change after a submission."""
        destination = delivery.destination
        try:
            self.allowed.check([destination], tenant=delivery.tenant, alone=True)
        except Forbidden as error:
            raise DeliveryRefused(error.detail) from None
        if destination.type != "webhook" or _is_trial(delivery):
            return
        if self.disabled.is_disabled(delivery.tenant, destination.address):
            raise DeliveryRefused(
                "the webhook is disabled, by its answer 410 or by the operator: "
                "redeliver to try it again"
            )

    def _send(self, delivery: Delivery, text: str) -> None:
        try:
            self.senders[delivery.destination.type].send(delivery, self._whole(text))
        except (Undelivered, Unavailable):
            raise
        except Exception as error:
            # A fault of ours must not keep the delivery from its end.
            LOG.exception("sender failed", extra=log.of_delivery(delivery))
            raise Undelivered(f"a fault of Spillway's own ({type(error).__name__})") from error

    def _whole(self, text: str) -> str:
        """The text, with a link to the result if that is left out."""
        uri = result_left_out(text)
        key = None if uri is None else self.results.key(uri)
        if key is None:
            return text
        return with_link(text, self.results.presign_get(key, expires_s=LINK_S))

    def _undelivered(
        self, delivery: Delivery, error: Undelivered, began_ms: int
    ) -> Delivery | None:
        now_ms = self.clock()
        if isinstance(error, ReceiverGone):
            self.disabled.disable(delivery.tenant, delivery.destination.address, now_ms=now_ms)
        next_at_ms = next_attempt(
            delivery, error, now_ms=now_ms, jitter=self.rng.random(), delays_s=self.delays_s
        )
        after = failed(
            delivery,
            at_ms=began_ms,
            took_ms=max(0, now_ms - began_ms),
            error=str(error),
            next_attempt_at_ms=next_at_ms,
        )
        return self._written(after, error)

    def _delivered(
        self, delivery: Delivery, message: DeliveryMessage, began_ms: int
    ) -> Delivery | None:
        """A success counts, though another sender, with a copy of the message, failed meanwhile."""
        took_ms = max(0, self.clock() - began_ms)
        if delivery.destination.type == "webhook" and _is_trial(delivery):
            self.disabled.enable(delivery.tenant, delivery.destination.address)
        current: Delivery | None = delivery
        for _ in range(WRITES):
            if current is None or _is_settled(current, message):
                break
            current = self._written(delivered(current, at_ms=began_ms, took_ms=took_ms))
        return current

    def _written(self, after: Delivery, error: Undelivered | None = None) -> Delivery | None:
        """What is stored now: this, or what another sender was faster to write."""
        if not self.deliveries.replace(after):
            LOG.info("another sender was faster", extra=log.of_delivery(after))
            return self.deliveries.get(after.key)
        level, said = _SAID[after.status]
        LOG.log(level, said, extra=log.of_delivery(after) | _last_attempt(after, error))
        return after


def _is_past(delivery: Delivery, message: DeliveryMessage) -> bool:
    """Whether the message has nothing left to do: another round has a message of its own."""
    return delivery.status.is_over or delivery.round > message.round


def _is_settled(delivery: Delivery, message: DeliveryMessage) -> bool:
    """Whether that it was taken is known, or is no longer what is asked."""
    return delivery.status is DeliveryStatus.DELIVERED or delivery.round > message.round


def _is_trial(delivery: Delivery) -> bool:
    """Whether it was asked for by name, and so is sent to a webhook that is disabled, too."""
    return delivery.round > 1 or delivery.event is EventType.TEST


def _last_attempt(delivery: Delivery, error: Undelivered | None) -> dict[str, Any]:
    """What went wrong by its kind: its text names hosts, and quotes what receivers answer."""
    told = {
        "tookMs": delivery.history[-1].took_ms,
        "error": None if error is None else type(error).__name__,
        "answered": None if error is None else error.answered,
        "nextAttemptAt": instant(delivery.next_attempt_at_ms),
    }
    return {name: value for name, value in told.items() if value is not None}
