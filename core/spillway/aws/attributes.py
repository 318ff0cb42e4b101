"""Values as DynamoDB writes them. boto3's serializer does more, and loads all of boto3."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spillway.update import Value

type Attribute = dict[str, Any]


def to_item(record: Mapping[str, Value]) -> dict[str, Attribute]:
    """The record as an item."""
    return {name: _attribute(value) for name, value in record.items()}


def from_item(item: Mapping[str, Attribute]) -> dict[str, Any]:
    """The record of an item."""
    return {name: _value(attribute) for name, attribute in item.items()}


def _attribute(value: Value) -> Attribute:
    match value:
        case str():
            return {"S": value}
        case bool():  # before int, which it is too
            return {"BOOL": value}
        case int():
            return {"N": str(value)}
        case tuple():
            return {"L": [_attribute(each) for each in value]}
        case _:
            return {"M": to_item(value)}


def _value(attribute: Attribute) -> Any:  # noqa: ANN401
    (kind, held), *_ = attribute.items()
    match kind:
        case "N":
            return int(held)
        case "M":
            return from_item(held)
        case "L":
            return tuple(_value(each) for each in held)
        case "S" | "BOOL":
            return held
        case _:
            raise TypeError(f"a record can't hold DynamoDB's {kind}")
