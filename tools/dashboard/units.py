"""What a write to DynamoDB costs, from its record in the table's stream."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

UNIT_BYTES = 1024
"""https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html"""


def write_units(record: Mapping[str, Any]) -> int:
    """The units of one write: one for each KiB, begun, of the item before or after, the larger."""
    sizes = (item_bytes(record.get(image, {})) for image in ("OldImage", "NewImage"))
    return max(1, math.ceil(max(sizes) / UNIT_BYTES))


def item_bytes(item: Mapping[str, Any]) -> int:
    """The size of an item, as DynamoDB reckons it: names and values; a number is about half."""
    return sum(len(name.encode()) + _value_bytes(value) for name, value in item.items())


def _value_bytes(value: Mapping[str, Any]) -> int:
    [(kind, held)] = value.items()
    if kind == "M":
        return 3 + item_bytes(held) + len(held)
    if kind == "L":
        return 3 + sum(_value_bytes(each) + 1 for each in held)
    if kind == "N":
        return math.ceil(len(held.strip("-.")) / 2) + 1
    return len(held.encode()) if kind == "S" else 1
