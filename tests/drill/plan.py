"""What is submitted in a drill, by whom, and what must come of it: all from one seed."""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

TENANTS = ("acme", "umbrella", "initech")
REPEATED = 0.15
"""So many of the jobs are submitted a second time."""
LEASE_S = 10
"""The shortest that the template allows: lost leases are met in minutes."""
MAX_ATTEMPTS = 4


class Kind(StrEnum):
    """What a job's payload does to the model."""

    SOUND = "sound"
    LARGE = "large"
    """Its result is too large to lie inline."""
    UPLOADED = "uploaded"
    """Its payload lies in the input bucket."""
    TEDIOUS = "tedious"
    """It runs longer than a lease."""
    INVALID = "invalid"
    """The model refuses it."""
    RAISES = "raises"
    BREAKS = "breaks"
    """It raises until the cause is mended."""
    EXITS = "exits"
    """It ends the worker's process until the cause is mended."""

    @property
    def must_succeed(self) -> bool:
        """Whether its attempts fail for what befalls the worker alone."""
        return self in (Kind.SOUND, Kind.LARGE, Kind.UPLOADED, Kind.TEDIOUS)

    @property
    def succeeds_again(self) -> bool:
        """Whether it succeeds when it is run again, the cause being mended."""
        return self not in (Kind.INVALID, Kind.RAISES)


_SHARES = {
    Kind.LARGE: 0.02,
    Kind.UPLOADED: 0.05,
    Kind.TEDIOUS: 0.001,
    Kind.INVALID: 0.005,
    Kind.RAISES: 0.004,
    Kind.BREAKS: 0.004,
    Kind.EXITS: 0.001,
}
"""Of all jobs, at least one of each kind; the others are sound."""


@dataclass(frozen=True, slots=True)
class Order:
    """One job that a tenant wants, however often it asks for it."""

    tenant: str
    number: int
    kind: Kind
    filler: str

    @property
    def idempotency_key(self) -> str:
        """Every tenant uses the same keys: each one's are its own."""
        return f"drill-{self.number // len(TENANTS)}"

    @property
    def payload(self) -> dict[str, Any]:
        """What the model gets."""
        said = {"kind": self.kind.value, "tenant": self.tenant, "number": self.number}
        seconds = {"seconds": LEASE_S + 3} if self.kind is Kind.TEDIOUS else {}
        return {**said, **seconds, "filler": self.filler}


@dataclass(frozen=True, slots=True)
class Plan:
    """The jobs, and the order in which they are submitted, the repeated ones twice."""

    seed: int
    orders: tuple[Order, ...]
    submissions: tuple[Order, ...]

    @classmethod
    def draw(cls, seed: int, jobs: int) -> Plan:
        """The seed's plan."""
        rng = random.Random(f"drill {seed}")
        kinds = _kinds(jobs)
        rng.shuffle(kinds)
        orders = tuple(
            Order(TENANTS[number % len(TENANTS)], number, kind, rng.randbytes(8).hex())
            for number, kind in enumerate(kinds)
        )
        # Each upload is another payload: repeated under the same key, it would be a conflict.
        repeatable = [order for order in orders if order.kind is not Kind.UPLOADED]
        repeated = rng.sample(repeatable, min(len(repeatable), round(jobs * REPEATED)))
        submissions = [*orders, *repeated]
        rng.shuffle(submissions)
        return cls(seed, orders, tuple(submissions))

    @property
    def by_key(self) -> Mapping[tuple[str, str], Order]:
        """The orders by tenant and idempotency key."""
        return {(order.tenant, order.idempotency_key): order for order in self.orders}


def _kinds(jobs: int) -> list[Kind]:
    special = [kind for kind, share in _SHARES.items() for _ in range(max(1, round(jobs * share)))]
    return (special + [Kind.SOUND] * (jobs - len(special)))[:jobs]
