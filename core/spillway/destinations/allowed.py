"""Which queues, topics, buses and buckets may be told: what the operator has named, never our own.

A webhook has no ARN: public addresses are open to every tenant (webhook_url.py).
"""

from __future__ import annotations

import functools
import re
from fnmatch import translate
from typing import TYPE_CHECKING

from spillway.destinations.destination import ADDRESSES
from spillway.errors import Fault, Forbidden

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from spillway.destinations.destination import Destination

TENANT = "{tenant}"
"""What stands in a pattern for the caller's tenant."""

_COMPILED = 1000
"""Patterns that are kept compiled: those with a tenant's name in them are many."""
_LITERAL = str.maketrans({"[": "[[]", "*": "[*]", "?": "[?]"})
_BRACKETS = str.maketrans({"[": "[[]"})
"""IAM knows no sets of characters, which `fnmatch` does."""


class Allowed:
    """The operator's rule. `patterns` and `own` are ARNs as IAM's policies write resources.

    In them, `*` stands for any characters and `?` for any one. `{tenant}` in a pattern stands for
    the name of the tenant who asks; one without it holds for every tenant. `own` are Spillway's
    queues, topics and buckets, by whose messages it lives: nothing makes them a destination.
    """

    def __init__(self, patterns: Iterable[str] = (), own: Iterable[str] = ()) -> None:
        self._patterns = tuple(_general(pattern) for pattern in patterns)
        self._own = tuple(_general(pattern) for pattern in own)

    def check(
        self, destinations: Sequence[Destination], *, tenant: str, alone: bool = False
    ) -> None:
        """Raise `Forbidden`, naming the fields, if any is not allowed to this tenant.

        They are the items of the request's `destinations`; `alone`: the one in its `destination`.
        """
        faults = [
            Fault(f"{at[1:]}: {why}", at)
            for place, destination in enumerate(destinations)
            if (why := self._refusal(destination, tenant)) is not None
            for at in [_pointer(destination, None if alone else place)]
        ]
        if faults:
            detail = "; ".join(fault.detail for fault in faults)
            raise Forbidden("destination-not-allowed", detail, faults=faults)

    def _refusal(self, destination: Destination, tenant: str) -> str | None:
        arn = destination.arn
        if arn is None:
            return None
        # A pattern of ours may name a bucket, or what is in it.
        if _fits(arn, self._own, tenant) or _fits(arn.partition("/")[0], self._own, tenant):
            return f"{_told(destination)} is Spillway's own, which is no destination"
        if _fits(arn, self._patterns, tenant):
            return None
        return f"{_told(destination)} is not among the operator's AllowedDestinationArns"


NOTHING = Allowed()
"""No ARN at all: what holds where an operator has named none."""


def _general(pattern: str) -> str:
    # A bucket's address does not tell its partition, and one partition is all that we can reach.
    place, service, within = pattern.partition(":s3:")
    is_bucket = service and place.startswith("arn:") and place.count(":") == 1
    return f"arn:aws:s3:{within}" if is_bucket else pattern


def _fits(arn: str, patterns: Iterable[str], tenant: str) -> bool:
    return any(_expression(_glob(pattern, tenant)).match(arn) for pattern in patterns)


def _glob(pattern: str, tenant: str) -> str:
    """The pattern as `fnmatch` writes it. A tenant's name stands for nothing but itself."""
    return pattern.translate(_BRACKETS).replace(TENANT, tenant.translate(_LITERAL))


@functools.lru_cache(maxsize=_COMPILED)
def _expression(glob: str) -> re.Pattern[str]:
    # Its stars are atomic groups, which never go back: no pattern takes long, whatever its stars.
    return re.compile(translate(glob))


def _told(destination: Destination) -> str:
    """The address as its caller and, where that differs, as its operator writes it."""
    arn, address = destination.arn, destination.address
    return address if arn == address else f"{address} ({arn})"


def _pointer(destination: Destination, place: int | None) -> str:
    at = "/destination" if place is None else f"/destinations/{place}"
    return f"{at}/{ADDRESSES[destination.type]}"
