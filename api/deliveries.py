"""What is told of jobs, and where: deliveries, samples, and the destinations of a tenant's default.

Routes translate, as those of jobs.py do.
"""

from __future__ import annotations

import functools
import logging
import math
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from api.routing import PageQuery, query, resolved, resolver, response
from spillway import log, paging, request
from spillway.answer import answer
from spillway.aws import light
from spillway.aws.assembly import now_ms
from spillway.aws.clients import client
from spillway.aws.deliveries import DynamoDeliveries
from spillway.aws.delivery_queue import SqsDeliveryQueue
from spillway.aws.store import DynamoStore
from spillway.aws.tenant_destinations import DynamoTenantDestinations
from spillway.deliveries import listing as delivery_listing
from spillway.deliveries.delivery import DeliveryStatus  # noqa: TC001 (pydantic reads ListQuery's annotations)
from spillway.deliveries.lookup import find
from spillway.deliveries.redelivery import Redelivery
from spillway.deliveries.sample import try_out
from spillway.deliveries.settings import DeliveriesSettings
from spillway.deliveries.view import delivery_document, delivery_path, listed_delivery_document
from spillway.destinations.allowed import Allowed
from spillway.destinations.requests import defaults_document, read_defaults, read_webhook

if TYPE_CHECKING:
    from aws_lambda_powertools.event_handler import Response

    from spillway.answer import Answer
    from spillway.deliveries.delivery import Delivery
    from spillway.ports import Clock, DeliveryQueue, DeliveryStore, JobStore, TenantDestinations
    from spillway.request import Event

LOG = logging.getLogger("spillway.deliveries")

RETRY_AFTER_S = 1
"""When to ask again for a delivery whose attempt is due."""

app = resolver(LOG)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the routes work with."""

    settings: DeliveriesSettings
    jobs: JobStore
    deliveries: DeliveryStore
    queue: DeliveryQueue
    defaults: TenantDestinations
    clock: Clock

    @property
    def allowed(self) -> Allowed:
        """What the operator's patterns say."""
        return Allowed(self.settings.allowed_destinations, self.settings.own_arns)


class ListQuery(PageQuery):
    """The query of GET /deliveries."""

    status: DeliveryStatus | None = None


@app.get("/deliveries")
def list_deliveries() -> Response[str]:
    """The tenant's deliveries, the newest first."""
    tenant, asked = _tenant(), query(ListQuery, _event())
    scope = delivery_listing.scope(tenant, asked.status)
    page = delivery_listing.newest(
        _parts().deliveries,
        tenant,
        asked.status,
        size=paging.page_size(asked.page_size),
        before=paging.last_key(asked.page_token, scope=scope),
    )
    document: dict[str, Any] = {"deliveries": list(map(listed_delivery_document, page.deliveries))}
    if page.last_key is not None:
        document["nextPageToken"] = paging.token(page.last_key, scope=scope)
    return response(answer(200, document))


@app.get("/deliveries/<delivery_id>")
def get_delivery(delivery_id: str) -> Response[str]:
    """One delivery, with its last attempts."""
    delivery = find(_parts().deliveries, _tenant(), delivery_id)
    return response(answer(200, delivery_document(delivery), _when_to_ask(delivery)))


@app.post("/deliveries/<delivery_id>/redeliver")
def redeliver(delivery_id: str) -> Response[str]:
    """The delivery, on its way once more."""
    parts = _parts()
    redelivery = Redelivery(
        deliveries=parts.deliveries, jobs=parts.jobs, queue=parts.queue, clock=parts.clock
    )
    delivery = redelivery.of(find(parts.deliveries, _tenant(), delivery_id))
    LOG.info("redelivering", extra=log.of_delivery(delivery) | {"round": delivery.round})
    return _accepted(delivery)


@app.post("/webhooks/test")
def test_webhook() -> Response[str]:
    """A sample, on its way to the webhook that is to be tried."""
    parts, event = _parts(), _event()
    sample = try_out(
        read_webhook(request.json_body(event), loopback=parts.settings.loopback_webhooks),
        tenant=_tenant(),
        idempotency_key=request.idempotency_key(event),
        deliveries=parts.deliveries,
        queue=parts.queue,
        now_ms=parts.clock(),
    )
    LOG.info("trying a webhook", extra=log.of_delivery(sample))
    return _accepted(sample)


@app.get("/destinations")
def get_destinations() -> Response[str]:
    """Where the end of a job that names no destination is told."""
    return response(answer(200, defaults_document(_parts().defaults.get(_tenant()))))


@app.put("/destinations")
def put_destinations() -> Response[str]:
    """The destinations that the tenant has from now on."""
    parts, tenant = _parts(), _tenant()
    named = read_defaults(
        request.json_body(_event()),
        tenant=tenant,
        allowed=parts.allowed,
        loopback=parts.settings.loopback_webhooks,
    )
    parts.defaults.set(tenant, named)
    LOG.info("destinations set", extra={"tenant": tenant, "count": len(named)})
    return response(answer(200, defaults_document(named)))


def handler(event: dict[str, Any], context: Any) -> Answer:  # noqa: ANN401
    """AWS Lambda's entry."""
    return resolved(app, event, context)


def _event() -> Event:
    return app.current_event.raw_event


def _tenant() -> str:
    return request.tenant(_event(), _parts().settings.auth_mode)


def _accepted(delivery: Delivery) -> Response[str]:
    headers = {"Location": delivery_path(delivery.delivery_id), **_when_to_ask(delivery)}
    return response(answer(202, delivery_document(delivery), headers))


def _when_to_ask(delivery: Delivery) -> dict[str, str]:
    """A header for as long as something is still to come of it."""
    if delivery.status.is_over:
        return {}
    due_in_ms = (delivery.next_attempt_at_ms or 0) - _parts().clock()
    return {"Retry-After": str(max(RETRY_AFTER_S, math.ceil(due_in_ms / 1000)))}


@functools.cache
def _parts() -> Parts:
    log.configure()
    settings = DeliveriesSettings.read(os.environ)
    dynamodb = client("dynamodb")
    return Parts(
        settings=settings,
        jobs=DynamoStore(dynamodb, settings.jobs_table),
        deliveries=DynamoDeliveries(dynamodb, settings.deliveries_table),
        # One call: not worth loading botocore's model for.
        queue=SqsDeliveryQueue(light.client("sqs"), settings.delivery_queue_url),
        defaults=DynamoTenantDestinations(dynamodb, settings.deliveries_table),
        clock=now_ms,
    )


if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    # Lambda gives a whole core to the initialization and a share of one to the first request.
    _parts()
