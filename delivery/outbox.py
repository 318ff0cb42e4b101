"""What happened to jobs becomes deliveries: each is stored, then its message is sent.

The changes of the JobsTable come in order and again until all of them are through, so nothing that
is to be told of is lost, whatever is away meanwhile. Repeats are harmless: a delivery is stored
once, and its message may come twice.
"""

from __future__ import annotations

import functools
import logging
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from delivery.settings import OutboxSettings
from spillway import log
from spillway.aws.attributes import from_item
from spillway.aws.clients import client
from spillway.aws.deliveries import DynamoDeliveries
from spillway.aws.delivery_queue import SqsDeliveryQueue
from spillway.deliveries.announcement import text_of
from spillway.deliveries.delivery import DeliveryStatus, due_now, unknown_destinations
from spillway.deliveries.message import encode
from spillway.record import from_record

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from spillway.deliveries.delivery import Delivery
    from spillway.job import Job
    from spillway.ports import DeliveryQueue, DeliveryStore

LOG = logging.getLogger("spillway.outbox")

AT_ONCE = 16
"""Deliveries stored side by side; as many connections does the client keep."""


def handler(event: Mapping[str, Any], context: Any) -> Mapping[str, int]:  # noqa: ANN401
    """AWS Lambda's entry for the stream; answers with how many deliveries are on their way.

    What is not stored or sent raises: Lambda gives the whole batch again.
    """
    with log.context(requestId=context.aws_request_id):
        sent = _outbox().put(due for record in event["Records"] for due in _due(record))
        LOG.info("sent", extra={"records": len(event["Records"]), "deliveries": sent})
        return {"deliveries": sent}


@dataclass(frozen=True, slots=True)
class Due:
    """One delivery to be made, and the text that its receiver is to be told."""

    delivery: Delivery
    text: str


@dataclass(frozen=True, slots=True)
class Outbox:
    """Stores deliveries and sends their messages."""

    deliveries: DeliveryStore
    queue: DeliveryQueue

    def put(self, due: Iterable[Due]) -> int:
        """Have all of them delivered; return how many messages were sent.

        Raises:
            Unavailable: not all of them are stored and sent. All may be put again.

        """
        all_due = list(due)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            stored = list(pool.map(self.deliveries.add, [each.delivery for each in all_due]))
        messages = [
            (each.delivery.tenant, encode(each.delivery, each.text))
            for each, there in zip(all_due, stored, strict=True)
            if _is_wanted(there, each.delivery)
        ]
        if messages:
            self.queue.send(messages)
        return len(messages)


def _due(record: Mapping[str, Any]) -> Sequence[Due]:
    """What one change asks for; nothing where it can't be read, or no other would get through."""
    try:
        change = record["dynamodb"]
        if not _is_news(change):
            return ()
        job = from_record(from_item(change["NewImage"]))
        _tell_unknown(job)
        deliveries = due_now(job)
        texts = {event: text_of(job, event) for event in {each.event for each in deliveries}}
        return [Due(delivery, texts[delivery.event]) for delivery in deliveries]
    except Exception:
        keys = record.get("dynamodb", {}).get("Keys")
        LOG.exception("change of a job not read: nobody is told of it", extra={"keys": keys})
        return ()


def _tell_unknown(job: Job) -> None:
    if unknown := unknown_destinations(job):
        # An older release's function, while a newer one's took the job: its log says so here.
        LOG.error("destinations not read", extra=log.of_job(job) | {"count": unknown})


def _is_news(change: Mapping[str, Any]) -> bool:
    """Whether the job's status changed: the template's filter lets little else through."""
    before = change.get("OldImage", {}).get("status")
    return bool(before != change["NewImage"]["status"])


def _is_wanted(there: Delivery, due: Delivery) -> bool:
    """Whether what is stored still waits for this message.

    It does not once it was tried: the message that did so comes again by itself. Nor in a further
    round, nor where it is of an earlier start: a job that was given back starts again, and is told
    of once.
    """
    return (
        there.status is DeliveryStatus.PENDING
        and there.round == due.round
        and there.created_at_ms == due.created_at_ms
    )


@functools.cache
def _outbox() -> Outbox:
    log.configure()
    settings = OutboxSettings.read(os.environ)
    return Outbox(
        DynamoDeliveries(client("dynamodb", connections=AT_ONCE), settings.deliveries_table),
        SqsDeliveryQueue(client("sqs"), settings.queue_url),
    )


if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    # Lambda gives a whole core to the initialization and a share of one to what comes after.
    _outbox()
