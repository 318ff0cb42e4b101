"""A delivery that is asked for once more, whatever has become of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from spillway.deliveries.announcement import sample_text, text_of
from spillway.deliveries.delivery import again
from spillway.deliveries.message import encode
from spillway.errors import Gone, Unavailable
from spillway.job import JobKey

if TYPE_CHECKING:
    from spillway.deliveries.delivery import Delivery
    from spillway.ports import Clock, DeliveryQueue, DeliveryStore, JobStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Redelivery:
    """Begins further rounds of attempts."""

    deliveries: DeliveryStore
    jobs: JobStore
    queue: DeliveryQueue
    clock: Clock

    def of(self, delivery: Delivery) -> Delivery:
        """The delivery in its next round, its message on its way.

        Raises:
            Gone: its job has passed its retention, and with it what there was to tell.
            Unavailable: it is as it was; the same request may be sent again.

        """
        text = self._text(delivery)
        return begin(
            delivery, text, deliveries=self.deliveries, queue=self.queue, now_ms=self.clock()
        )

    def _text(self, delivery: Delivery) -> str:
        if delivery.job_id is None:
            return sample_text(delivery)
        job = self.jobs.get(JobKey(delivery.tenant, delivery.job_id))
        if job is None:
            detail = f"job {delivery.job_id} has passed its retention: nothing of it can be told"
            raise Gone("job-gone", detail)
        return text_of(job, delivery.event)


def begin(
    delivery: Delivery,
    text: str,
    *,
    deliveries: DeliveryStore,
    queue: DeliveryQueue,
    now_ms: int,
) -> Delivery:
    """The delivery in its next round.

    Its message goes first, so that no round waits without one, whatever goes wrong in between. A
    round that is not written here is written by whoever gets its message.

    Raises:
        Unavailable: the message was not sent, and nothing written.

    """
    asked = again(delivery, now_ms=now_ms)
    queue.send([(asked.tenant, encode(asked, text))])
    try:
        return asked if deliveries.replace(asked) else _begun(asked, deliveries)
    except Unavailable:
        return asked


def _begun(asked: Delivery, deliveries: DeliveryStore) -> Delivery:
    """The round as it is where its message, or another redelivery, came first to write it.

    Where it was an attempt of the round before that wrote, the message is yet to begin this one.
    """
    current = deliveries.get(asked.key)
    return asked if current is None or current.round < asked.round else current
