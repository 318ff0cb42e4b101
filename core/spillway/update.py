"""Conditional writes as values: which jobs one may touch, and what becomes of them.

A rule about jobs builds an `Update`; a store carries it out, whole or not at all. DynamoDB
renders it into one UpdateItem, the in-memory twin interprets it here, so both mean the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spillway.job import JobKey

type Value = str | int | bool | Mapping[str, Value] | tuple[Value, ...]
type Record = Mapping[str, Value]
type Operator = Literal["=", "<", "<=", ">"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """One comparison. An attribute that is absent meets none, as in DynamoDB."""

    attribute: str
    operator: Operator
    value: str | int

    def holds(self, record: Record) -> bool:
        """Whether the record meets it."""
        have = record.get(self.attribute)
        if isinstance(have, str) and isinstance(self.value, str):
            return self.operator == "=" and have == self.value
        if isinstance(have, int) and isinstance(self.value, int):
            return _compare(have, self.operator, self.value)
        return False


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every part holds."""

    parts: tuple[Condition, ...]

    def holds(self, record: Record) -> bool:
        """Whether the record meets every part."""
        return all(part.holds(record) for part in self.parts)


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one part holds."""

    parts: tuple[Condition, ...]

    def holds(self, record: Record) -> bool:
        """Whether the record meets at least one part."""
        return any(part.holds(record) for part in self.parts)


type Condition = Comparison | AllOf | AnyOf


@dataclass(frozen=True, slots=True)
class Update:
    """One conditional write to one job: `when` holds, `set`, `add` to and `remove` attributes."""

    key: JobKey
    when: Condition
    set: Mapping[str, Value] = field(default_factory=dict)
    add: Mapping[str, int] = field(default_factory=dict)
    remove: tuple[str, ...] = ()

    def applied(self, record: Record) -> Record:
        """The record after this update, which must hold for it."""
        kept = {name: value for name, value in record.items() if name not in self.remove}
        sums = {name: _number(record.get(name, 0)) + by for name, by in self.add.items()}
        return kept | dict(self.set) | sums


def every(*parts: Condition) -> AllOf:
    """All of these."""
    return AllOf(parts)


def either(*parts: Condition) -> AnyOf:
    """Any of these."""
    return AnyOf(parts)


def _compare(left: int, operator: Operator, right: int) -> bool:
    match operator:
        case "=":
            return left == right
        case "<":
            return left < right
        case "<=":
            return left <= right
        case ">":
            return left > right


def _number(value: Value) -> int:
    if not isinstance(value, int):
        raise TypeError(f"can't add to {value!r}")
    return value
