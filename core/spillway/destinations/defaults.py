"""Where a tenant's jobs are told of that name no destinations, remembered for a minute."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spillway.destinations.destination import Destination
    from spillway.ports import Clock, TenantDestinations

AGE_MS = 60_000
"""How long what was read is believed: a tenant's change holds for all its jobs a minute later."""


class DefaultDestinations:
    """The defaults of the tenants that this process has served."""

    def __init__(self, stored: TenantDestinations, clock: Clock) -> None:
        self._stored = stored
        self._clock = clock
        self._known: dict[str, tuple[int, tuple[Destination, ...]]] = {}

    def of(self, tenant: str) -> tuple[Destination, ...]:
        """The tenant's, none where it set none.

        Raises:
            Unavailable: they can't be read. A job that went on without them would tell nobody.

        """
        read_ms, destinations = self._known.get(tenant, (0, ()))
        if self._clock() - read_ms >= AGE_MS:
            destinations = self._stored.get(tenant)
            self._known[tenant] = self._clock(), destinations
        return destinations
