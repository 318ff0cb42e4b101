"""DynamoDB's condition expressions, compiled once for each text.

The part of the language that conditions on whole attributes need; what lies beyond it is refused,
never taken to hold.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
"""

from __future__ import annotations

import operator
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

from benchmarks.worker.endpoint.scope import Attribute, Scope, Tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

type Condition = Callable[[Scope], bool]
type Compare = Callable[[Any, Any], bool]

_COMPARE: Mapping[str, Compare] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_EXISTENCE = {"attribute_exists": True, "attribute_not_exists": False}


@cache
def condition(text: str) -> Condition:
    """What the item must meet."""
    tokens = Tokens(text)
    parsed = _either(tokens)
    if tokens.next:
        raise tokens.fault()
    return parsed


def _either(tokens: Tokens) -> Condition:
    parts = [_every(tokens)]
    while tokens.takes("OR"):
        parts.append(_every(tokens))
    return lambda scope: any(part(scope) for part in parts)


def _every(tokens: Tokens) -> Condition:
    parts = [_part(tokens)]
    while tokens.takes("AND"):
        parts.append(_part(tokens))
    return lambda scope: all(part(scope) for part in parts)


def _part(tokens: Tokens) -> Condition:
    if tokens.takes("NOT"):
        part = _part(tokens)
        return lambda scope: not part(scope)
    if tokens.takes("("):
        part = _either(tokens)
        tokens.expect(")")
        return part
    return _comparison(tokens)


def _comparison(tokens: Tokens) -> Condition:
    left = tokens.take()
    if left in _EXISTENCE:
        path, wanted = tokens.argument(), _EXISTENCE[left]
        return lambda scope: (scope.value(path) is not None) == wanted
    compare = _COMPARE.get(tokens.take())
    if compare is None:
        raise tokens.fault()
    right = tokens.take()
    return lambda scope: _compared(scope.value(left), compare, scope.value(right))


def _compared(left: Attribute | None, compare: Compare, right: Attribute | None) -> bool:
    """An absent attribute meets nothing, and so does one of another type, but for `<>`."""
    if left is None or right is None or left.keys() != right.keys():
        return compare is operator.ne
    return compare(_plain(left), _plain(right))


def _plain(attribute: Attribute) -> Any:  # noqa: ANN401 - of whatever type it is
    ((kind, held),) = attribute.items()
    return Decimal(held) if kind == "N" else held
