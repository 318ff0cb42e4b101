"""Webhooks: signed, sent, and answered for."""

from __future__ import annotations

import asyncio
import ssl
from typing import TYPE_CHECKING

import certifi
import httpcore

import spillway
from delivery.senders.webhook.answer import accept
from delivery.senders.webhook.limits import Limits
from delivery.senders.webhook.network import is_loopback
from delivery.senders.webhook.resolver import SystemResolver
from delivery.senders.webhook.signature import signed
from delivery.senders.webhook.transport import Transport
from spillway.destinations.public_address import is_public
from spillway.destinations.webhook_url import fault_of
from spillway.errors import DeliveryRefused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from delivery.senders.webhook.network import Rule
    from delivery.senders.webhook.resolver import Resolver
    from spillway.deliveries.delivery import Delivery
    from spillway.ports import Clock, WebhookSecrets


class Webhook:
    """Sends deliveries to webhooks, safe between threads.

    `loopback_allowed` is for a system that runs whole on one machine: there http to that machine
    is allowed too. `tls` and `network` are the system's own unless given.
    """

    def __init__(
        self,
        *,
        secrets: WebhookSecrets,
        loopback_allowed: bool,
        clock: Clock,
        resolver: Resolver | None = None,
        tls: ssl.SSLContext | None = None,
        network: httpcore.AsyncNetworkBackend | None = None,
        limits: Limits | None = None,
    ) -> None:
        self._secrets = secrets
        self._clock = clock
        self._loopback_allowed = loopback_allowed
        self._transport = Transport(
            resolver=resolver or SystemResolver(),
            network=network or httpcore.AnyIOBackend(),
            tls=tls or ssl.create_default_context(cafile=certifi.where()),
            rules=_rules(loopback_allowed=loopback_allowed),
            limits=limits or Limits(),
        )
        self._agent = _agent()

    def send(self, delivery: Delivery, text: str) -> None:
        """Send this text to the delivery's URL once; return if it was taken.

        Raises:
            DeliveryRefused: the URL, or an address of its host, is not one to send to.
            ReceiverGone: it answered 410.
            Undelivered: it did not take it.
            Unavailable: the tenant's secrets can't be read now.

        """
        url = delivery.destination.address
        # As it was when it was taken; the rule may have become stricter since.
        fault = fault_of(url, loopback=self._loopback_allowed)
        if fault is not None:
            raise DeliveryRefused(f"its URL is not one to send to: {fault}")
        secrets = self._secrets.of(delivery.tenant)
        headers = {
            **signed(delivery.key, text, secrets, now_ms=self._clock()),
            "content-type": "application/json",
            "user-agent": self._agent,
        }
        answer = asyncio.run(self._transport.post(url, headers, text.encode()))
        accept(answer, now_ms=self._clock())


def _rules(*, loopback_allowed: bool) -> Mapping[str, Rule]:
    return {"https": is_public, **({"http": is_loopback} if loopback_allowed else {})}


def _agent() -> str:
    """What the code calls itself. It has no version where it lies uninstalled, as on Lambda."""
    version = getattr(spillway, "__version__", None)
    return f"Spillway/{version}" if version else "Spillway"
