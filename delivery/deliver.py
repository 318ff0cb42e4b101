"""Messages of the delivery queue, ten at once: each delivered, or hidden until its next attempt."""

from __future__ import annotations

import functools
import logging
import os
import random
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from delivery.deliverer import Deliverer
from delivery.senders.eventbridge import EventBridge
from delivery.senders.regional import Regional
from delivery.senders.s3 import S3
from delivery.senders.sns import Sns
from delivery.senders.sqs import Sqs
from delivery.senders.webhook.sender import Webhook
from delivery.settings import DeliverSettings
from spillway import log
from spillway.aws.assembly import now_ms
from spillway.aws.bucket import S3Bucket
from spillway.aws.clients import client
from spillway.aws.deliveries import DynamoDeliveries
from spillway.aws.delivery_queue import SqsDeliveryQueue
from spillway.aws.disabled_webhooks import DynamoDisabledWebhooks
from spillway.aws.webhook_secrets import SsmWebhookSecrets
from spillway.deliveries.message import decode
from spillway.destinations.allowed import Allowed
from spillway.errors import MalformedMessage, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from delivery.deliverer import Sender
    from spillway.destinations.destination import Kind
    from spillway.ports import DeliveryQueue

LOG = logging.getLogger("spillway.deliver")

AT_ONCE = 10
"""Messages worked on side by side: as many as one invocation gets."""
NEEDED_MS = 30_000
"""What an attempt may take, with what is read and written around it. Where less is left of the
function's time, none is begun."""
COPYING = Config(connect_timeout=2, read_timeout=25, retries={"total_max_attempts": 1})
"""S3 answers once all of a result is copied. More than one such wait would not fit into the
function's time, and the schedule has others."""


def handler(event: Mapping[str, Any], context: Any) -> Mapping[str, Any]:  # noqa: ANN401
    """AWS Lambda's entry; names the messages that are to come again."""
    with log.context(requestId=context.aws_request_id):
        left = _inbox().left(
            event["Records"],
            has_time=lambda: context.get_remaining_time_in_millis() > NEEDED_MS,
        )
        return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in left]}


@dataclass(frozen=True, slots=True)
class Inbox:
    """Works on messages as Lambda hands them over."""

    deliverer: Deliverer
    queue: DeliveryQueue

    def left(
        self, records: Sequence[Mapping[str, Any]], *, has_time: Callable[[], bool]
    ) -> Sequence[str]:
        """The ids of the messages that are not done with, once all were worked on."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            done = [
                pool.submit(copy_context().run, self._is_done, record, has_time)
                for record in records
            ]
        return [
            record["messageId"]
            for record, future in zip(records, done, strict=True)
            if not future.result()
        ]

    def _is_done(self, record: Mapping[str, Any], has_time: Callable[[], bool]) -> bool:
        """Whether the message may go. What one meets is not the others' fault."""
        try:
            return has_time() and self._deliver(record)
        except MalformedMessage as error:
            # It comes again until the queue gives it to its DLQ, where it can be looked at.
            LOG.error("malformed message", extra=_named(record) | {"why": str(error)})  # noqa: TRY400
        except Unavailable as error:
            LOG.warning("not delivered yet", extra=_named(record) | {"why": error.detail})
        except Exception:
            LOG.exception("delivery interrupted", extra=_named(record))
        return False

    def _deliver(self, record: Mapping[str, Any]) -> bool:
        wait_s = self.deliverer.deliver(decode(record["body"]))
        if wait_s is None:
            return True
        self.queue.hide(record["receiptHandle"], for_s=wait_s)
        return False


def _named(record: Mapping[str, Any]) -> dict[str, str]:
    return {"messageId": record["messageId"]}


@functools.cache
def _inbox() -> Inbox:
    log.configure()
    settings = DeliverSettings.read(os.environ)
    dynamodb = client("dynamodb", connections=AT_ONCE)
    deliverer = Deliverer(
        deliveries=DynamoDeliveries(dynamodb, settings.deliveries_table),
        disabled=DynamoDisabledWebhooks(dynamodb, settings.deliveries_table),
        senders=_senders(settings),
        allowed=Allowed(settings.allowed_destinations, settings.own_arns),
        results=S3Bucket(client("s3"), settings.result_bucket),
        clock=now_ms,
        rng=random.Random(),  # noqa: S311 - spreads retries, guards nothing
        delays_s=settings.delays_s,
    )
    return Inbox(deliverer, SqsDeliveryQueue(client("sqs"), settings.queue_url))


def _senders(settings: DeliverSettings) -> Mapping[Kind, Sender]:
    stack = settings.stack
    return {
        "webhook": Webhook(
            secrets=SsmWebhookSecrets(client("ssm"), stack, now_ms),
            loopback_allowed=settings.loopback_webhooks,
            clock=now_ms,
        ),
        "sns": Sns(
            Regional(lambda region: client("sns", region_name=region)),
            stack=stack,
            region=settings.region,
        ),
        "sqs": Sqs(Regional(lambda region: client("sqs", region_name=region)), stack=stack),
        "eventbridge": EventBridge(
            Regional(lambda region: client("events", region_name=region)), stack=stack
        ),
        "s3": S3(boto3.client("s3", config=COPYING), result_bucket=settings.result_bucket),
    }


if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    # Lambda gives a whole core to the initialization and a share of one to what comes after.
    _inbox()
