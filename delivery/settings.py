"""What the functions are told by the template: read once, at start; every fault at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from delivery.schedule import DELAYS_S, MOST_DELAYS, MOST_HIDDEN_S
from spillway.settings import Reader

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxSettings:
    """For the function that takes note of what is to be delivered."""

    deliveries_table: str
    queue_url: str

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> OutboxSettings:
        """Read them, or raise `SettingsError`."""
        reader = Reader(environment)
        settings = cls(
            deliveries_table=reader.text("DELIVERIES_TABLE"),
            queue_url=reader.text("DELIVERY_QUEUE_URL"),
        )
        reader.check()
        return settings


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverSettings:
    """For the function that delivers. ARNs are IAM's patterns (allowed.py).

    `delays_s` is how long after each attempt but the last the next one is due.
    """

    stack: str
    region: str
    deliveries_table: str
    queue_url: str
    result_bucket: str
    allowed_destinations: tuple[str, ...]
    own_arns: tuple[str, ...]
    delays_s: tuple[int, ...]
    loopback_webhooks: bool

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> DeliverSettings:
        """Read them, or raise `SettingsError`."""
        reader = Reader(environment)
        settings = cls(
            stack=reader.text("STACK_NAME"),
            region=reader.text("AWS_REGION"),
            deliveries_table=reader.text("DELIVERIES_TABLE"),
            queue_url=reader.text("DELIVERY_QUEUE_URL"),
            result_bucket=reader.text("RESULT_BUCKET"),
            allowed_destinations=reader.texts("ALLOWED_DESTINATION_ARNS"),
            own_arns=reader.texts("OWN_ARNS"),
            delays_s=reader.wholes(
                "DELIVERY_RETRY_SECONDS", 1, MOST_HIDDEN_S, most=MOST_DELAYS, default=DELAYS_S
            ),
            loopback_webhooks=reader.loopback_webhooks(),
        )
        reader.check()
        return settings
