"""A delivery that is asked for once more, whatever has become of it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from spillway.deliveries.announcement import sample_text, text_of
from spillway.deliveries.delivery import again
from spillway.deliveries.message import encode
from spillway.errors import Conflict, Gone, Unavailable
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
            Conflict: an attempt, or another redelivery, changed it meanwhile.
            Unavailable: it is as it was, or waits in a round without a message; either way the
                same request may be sent again.

        """
        text = self._text(delivery)
        asked = again(delivery, now_ms=self.clock())
        if not self.deliveries.replace(asked):
            detail = f"delivery {delivery.delivery_id} was changed meanwhile: look at it again"
            raise Conflict("delivery-changed", detail)
        try:
            self.queue.send([(asked.tenant, encode(asked, text))])
        except Unavailable:
            # It had failed, or was being retried: so it is found again, and goes on.
            with suppress(Unavailable):
                self.deliveries.replace(replace(delivery, version=asked.version + 1))
            raise
        return asked

    def _text(self, delivery: Delivery) -> str:
        if delivery.job_id is None:
            return sample_text(delivery)
        job = self.jobs.get(JobKey(delivery.tenant, delivery.job_id))
        if job is None:
            detail = f"job {delivery.job_id} has passed its retention: nothing of it can be told"
            raise Gone("job-gone", detail)
        return text_of(job, delivery.event)
