"""A sender, and what it reaches: names, addresses, and this machine's ports in their place."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpcore

from delivery.senders.webhook.sender import Webhook
from spillway.deliveries.delivery import Delivery, DeliveryStatus, delivery_id
from spillway.destinations.destination import Destination
from spillway.event import EventType
from tests.contract.delivery.senders.webhook.receivers import HOST

if TYPE_CHECKING:
    import ssl
    from collections.abc import Sequence

    from delivery.senders.webhook.limits import Limits
    from delivery.senders.webhook.resolver import Resolver

PUBLIC, PUBLIC_6 = "93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"
SECRETS = ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD")
TEXT = '{"type":"job.succeeded","timestamp":"2026-01-01T00:00:00Z","data":{"jobId":"é"}}'


def delivery(url: str = f"https://{HOST}/hook", *, tenant: str = "acme") -> Delivery:
    """A delivery that is due to this URL."""
    destination = Destination("webhook", url)
    return Delivery(
        tenant=tenant,
        delivery_id=delivery_id(tenant, "job-1", EventType.SUCCEEDED, destination),
        job_id="job-1",
        event=EventType.SUCCEEDED,
        destination=destination,
        status=DeliveryStatus.PENDING,
        created_at_ms=0,
        delete_at_s=0,
    )


@dataclass
class Names:
    """A resolver: each look-up has the next answer, the last one for ever."""

    answers: list[Sequence[str]] = field(default_factory=lambda: [[PUBLIC]])
    asked: list[str] = field(default_factory=list)

    async def resolve(self, host: str) -> Sequence[str]:
        """Return the next answer."""
        self.asked.append(host)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


class Wired(httpcore.AnyIOBackend):
    """Every address there is lies at one port of this machine."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.dialled: list[tuple[str, int]] = []

    async def connect_tcp(
        self, host: str, port: int, *args: Any, **kwargs: Any
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the port, which takes itself for that address."""
        self.dialled.append((host, port))
        stream = await super().connect_tcp("127.0.0.1", self._port, *args, **kwargs)
        return Claimed(stream, host)


class Claimed(httpcore.AsyncNetworkStream):
    """A connection whose other end is said to be somewhere else."""

    def __init__(self, stream: httpcore.AsyncNetworkStream, address: str) -> None:
        self._stream = stream
        self._address = address

    async def read(self, *args: Any, **kwargs: Any) -> bytes:
        return await self._stream.read(*args, **kwargs)

    async def write(self, *args: Any, **kwargs: Any) -> None:
        await self._stream.write(*args, **kwargs)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(self, *args: Any, **kwargs: Any) -> httpcore.AsyncNetworkStream:
        return await self._stream.start_tls(*args, **kwargs)

    def get_extra_info(self, info: str) -> Any:
        return (self._address, 443) if info == "server_addr" else self._stream.get_extra_info(info)


class Secrets:
    """Two that are valid: one is being replaced."""

    def of(self, tenant: str) -> Sequence[str]:
        """Return one tenant's; no other has any."""
        return SECRETS if tenant == "acme" else ()


def webhook(
    network: httpcore.AsyncNetworkBackend,
    tls: ssl.SSLContext | None = None,
    *,
    resolver: Resolver | None = None,
    loopback_allowed: bool = False,
    limits: Limits | None = None,
) -> Webhook:
    """A sender in this world."""
    return Webhook(
        secrets=Secrets(),
        loopback_allowed=loopback_allowed,
        clock=lambda: time.time_ns() // 1_000_000,
        resolver=resolver or Names(),
        tls=tls,
        network=network,
        limits=limits,
    )
