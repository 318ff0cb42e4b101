"""Which queues, topics, buses and buckets may be told: what the operator has named, never our own.

A webhook has no ARN: public addresses are open to every tenant (webhook_url.py).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from spillway.destinations.destination import ADDRESSES
from spillway.errors import Fault, Forbidden

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from spillway.destinations.destination import Destination

_WILD = {"*": ".*", "?": "."}
_S3 = re.compile(r"^arn:[^:]*:s3:")


class Allowed:
    """The operator's rule. `patterns` and `own` are ARNs as IAM's policies write resources.

    In them, `*` stands for any characters and `?` for any one. `own` are Spillway's queues, topics
    and buckets, by whose messages it lives: nothing makes them a destination.
    """

    def __init__(self, patterns: Iterable[str] = (), own: Iterable[str] = ()) -> None:
        self._patterns = [_expression(pattern) for pattern in patterns]
        self._own = [_expression(pattern) for pattern in own]

    def check(self, destinations: Sequence[Destination], *, alone: bool = False) -> None:
        """Raise `Forbidden`, naming the fields, if any of the destinations is not allowed.

        They are the items of the request's `destinations`; `alone`: the one in its `destination`.
        """
        faults = [
            Fault(f"{at[1:]}: {why}", at)
            for place, destination in enumerate(destinations)
            if (why := self._refusal(destination)) is not None
            for at in [_pointer(destination, None if alone else place)]
        ]
        if faults:
            detail = "; ".join(fault.detail for fault in faults)
            raise Forbidden("destination-not-allowed", detail, faults=faults)

    def _refusal(self, destination: Destination) -> str | None:
        arn = destination.arn
        if arn is None:
            return None
        # A pattern of ours may name a bucket, or what is in it.
        if _matches(self._own, arn) or _matches(self._own, arn.partition("/")[0]):
            return f"{arn} is Spillway's own, which is no destination"
        if _matches(self._patterns, arn):
            return None
        return f"{arn} is not among the operator's AllowedDestinationArns"


NOTHING = Allowed()
"""No ARN at all: what holds where an operator has named none."""


def _expression(pattern: str) -> re.Pattern[str]:
    # A bucket's address does not tell its partition, and one partition is all that we can reach.
    general = _S3.sub("arn:aws:s3:", pattern)
    return re.compile("".join(_WILD.get(one) or re.escape(one) for one in general), re.DOTALL)


def _matches(expressions: Iterable[re.Pattern[str]], arn: str) -> bool:
    return any(expression.fullmatch(arn) for expression in expressions)


def _pointer(destination: Destination, place: int | None) -> str:
    at = "/destination" if place is None else f"/destinations/{place}"
    return f"{at}/{ADDRESSES[destination.type]}"
