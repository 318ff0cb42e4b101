"""What the API's function for deliveries is told by the template."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from spillway.settings import Reader

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spillway.settings import AuthMode


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveriesSettings:
    """Values by name. ARNs are IAM's patterns (allowed.py)."""

    auth_mode: AuthMode
    jobs_table: str
    deliveries_table: str
    delivery_queue_url: str
    allowed_destinations: tuple[str, ...] = ()
    own_arns: tuple[str, ...] = ()
    loopback_webhooks: bool = False

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> DeliveriesSettings:
        """Read them, or raise `SettingsError`."""
        reader = Reader(environment)
        settings = cls(
            auth_mode=cast("AuthMode", reader.choice("AUTH_MODE", ("ApiKey", "Iam"))),
            jobs_table=reader.text("JOBS_TABLE"),
            deliveries_table=reader.text("DELIVERIES_TABLE"),
            delivery_queue_url=reader.text("DELIVERY_QUEUE_URL"),
            allowed_destinations=reader.texts("ALLOWED_DESTINATION_ARNS"),
            own_arns=reader.texts("OWN_ARNS"),
            loopback_webhooks=reader.loopback_webhooks(),
        )
        reader.check()
        return settings
