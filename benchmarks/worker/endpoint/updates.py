"""DynamoDB's update expressions on whole attributes, compiled once for each text.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html
"""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING

from benchmarks.worker.endpoint.scope import Attribute, Item, Scope, Tokens
from benchmarks.worker.endpoint.service import Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

type Change = Callable[[Scope, Item], None]
"""Writes into the new item what it reads from the scope's, which is the old one."""
type Operand = Callable[[Scope], Attribute | None]

_ZERO: Attribute = {"N": "0"}


@cache
def update(text: str) -> tuple[Change, ...]:
    """What becomes of the item."""
    tokens = Tokens(text)
    changes: list[Change] = []
    while tokens.next:
        changes += _clause(tokens)
    return tuple(changes)


def _clause(tokens: Tokens) -> list[Change]:
    verb = _VERBS.get(tokens.take())
    if verb is None:
        raise tokens.fault()
    changes = [verb(tokens)]
    while tokens.takes(","):
        changes.append(verb(tokens))
    return changes


def _set(tokens: Tokens) -> Change:
    path = tokens.take()
    tokens.expect("=")
    operand = _operand(tokens)

    def change(scope: Scope, item: Item) -> None:
        value = operand(scope)
        if value is None:
            raise Fault("ValidationException", f"{path} is set from what the item lacks")
        item[scope.name(path)] = value

    return change


def _add(tokens: Tokens) -> Change:
    path, number = tokens.take(), tokens.take()

    def change(scope: Scope, item: Item) -> None:
        item[scope.name(path)] = _sum(scope.value(path) or _ZERO, scope.value(number), 1)

    return change


def _remove(tokens: Tokens) -> Change:
    path = tokens.take()

    def change(scope: Scope, item: Item) -> None:
        item.pop(scope.name(path), None)

    return change


_VERBS: Mapping[str, Callable[[Tokens], Change]] = {"SET": _set, "ADD": _add, "REMOVE": _remove}


def _operand(tokens: Tokens) -> Operand:
    left = _default(tokens) if tokens.takes("if_not_exists") else _named(tokens.take())
    if tokens.next not in ("+", "-"):
        return left
    sign = 1 if tokens.take() == "+" else -1
    right = _operand(tokens)
    return lambda scope: _sum(left(scope), right(scope), sign)


def _named(token: str) -> Operand:
    return lambda scope: scope.value(token)


def _default(tokens: Tokens) -> Operand:
    tokens.expect("(")
    path = tokens.take()
    tokens.expect(",")
    default = _operand(tokens)
    tokens.expect(")")
    return lambda scope: scope.value(path) or default(scope)


def _sum(left: Attribute | None, right: Attribute | None, sign: int) -> Attribute:
    if left is None or right is None or "N" not in left or "N" not in right:
        raise Fault("ValidationException", "only numbers can be added")
    return {"N": str(Decimal(left["N"]) + sign * Decimal(right["N"]))}
