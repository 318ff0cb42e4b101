"""What CloudFormation makes of a template's parameters: conditions, and the intrinsics of it.

As far as it can be known before anything is created: a reference to a resource stays as it is,
unless its value is given.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar

from spillway.errors import SpillwayError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

type Node = Any
"""Any part of a template: dict, list, str, int, float, bool or None."""

_NO_VALUE = object()
_VARIABLE = re.compile(r"\$\{([^!}][^}]*)\}")


class Unresolvable(SpillwayError):
    """The template refers to a parameter's value, or to a condition, that is not there."""


class Resolver:
    """One template for one set of parameters; those not given have their defaults.

    `known` are pseudo parameters and what resources' references come to: "AWS::Region", "Queue",
    "Queue.Arn". Raises `Unresolvable`.
    """

    def __init__(
        self, template: Mapping[str, Node], given: Mapping[str, str], known: Mapping[str, str]
    ) -> None:
        self.parameters = _parameters(template.get("Parameters", {}), given)
        self._known: dict[str, Node] = {**known, **self.parameters}
        self._conditions: Mapping[str, Node] = template.get("Conditions", {})

    def part(self, entries: Mapping[str, Node]) -> dict[str, dict[str, Any]]:
        """Return those resources or outputs whose condition holds, resolved."""
        return {
            name: self.value({key: node for key, node in entry.items() if key != "Condition"})
            for name, entry in entries.items()
            if self.holds(entry.get("Condition"))
        }

    def holds(self, condition: str | None) -> bool:
        """Tell whether a condition is true; none always is."""
        if condition is None:
            return True
        if condition not in self._conditions:
            raise Unresolvable(f"the template has no condition {condition}")
        return bool(self.value(self._conditions[condition]))

    def value(self, node: Node) -> Node:
        """Return a node with its intrinsics resolved."""
        if isinstance(node, list):
            return [value for entry in node if (value := self.value(entry)) is not _NO_VALUE]
        if not isinstance(node, dict):
            return node
        if len(node) == 1:
            ((name, argument),) = node.items()
            if name in self._FUNCTIONS:
                return self._FUNCTIONS[name](self, argument)
        pairs = {key: self.value(part) for key, part in node.items()}
        return {key: value for key, value in pairs.items() if value is not _NO_VALUE}

    def _ref(self, name: Node) -> Node:
        return _NO_VALUE if name == "AWS::NoValue" else self._known.get(name, {"Ref": name})

    def _get_att(self, argument: Node) -> Node:
        name = argument if isinstance(argument, str) else ".".join(argument)
        return self._known.get(name, {"Fn::GetAtt": argument})

    def _condition(self, name: Node) -> Node:
        return self.holds(name) if isinstance(name, str) else {"Condition": self.value(name)}

    def _if(self, argument: Node) -> Node:
        condition, yes, no = argument
        return self.value(yes if self.holds(condition) else no)

    def _equals(self, argument: Node) -> Node:
        left, right = (str(self.value(side)) for side in argument)
        return left == right

    def _not(self, argument: Node) -> Node:
        return not self.value(argument[0])

    def _and(self, argument: Node) -> Node:
        return all(self.value(part) for part in argument)

    def _or(self, argument: Node) -> Node:
        return any(self.value(part) for part in argument)

    def _contains(self, argument: Node) -> Node:
        among, value = argument
        return str(self.value(value)) in among

    def _sub(self, argument: Node) -> Node:
        text, own = argument if isinstance(argument, list) else (argument, {})
        known = {**self._known, **{key: self.value(own[key]) for key in own}}
        unknown: dict[str, Node] = {}

        def put(match: re.Match[str]) -> str:
            value = known.get(match[1])
            if isinstance(value, str):
                return value
            if value is not None:
                unknown[match[1]] = value
            return match[0]

        filled = _VARIABLE.sub(put, text)
        if not _VARIABLE.search(filled):
            return filled
        return {"Fn::Sub": [filled, unknown] if unknown else filled}

    def _split(self, argument: Node) -> Node:
        delimiter, text = argument[0], self.value(argument[1])
        return text.split(delimiter) if isinstance(text, str) else {"Fn::Split": [delimiter, text]}

    def _join(self, argument: Node) -> Node:
        delimiter, parts = argument[0], self.value(argument[1])
        if isinstance(parts, list) and all(isinstance(part, str) for part in parts):
            return delimiter.join(parts)
        return {"Fn::Join": [delimiter, parts]}

    def _select(self, argument: Node) -> Node:
        index, among = int(argument[0]), self.value(argument[1])
        return among[index] if isinstance(among, list) else {"Fn::Select": [index, among]}

    _FUNCTIONS: ClassVar[Mapping[str, Callable[[Resolver, Node], Node]]] = {
        "Ref": _ref,
        "Condition": _condition,
        "Fn::And": _and,
        "Fn::Contains": _contains,
        "Fn::Equals": _equals,
        "Fn::GetAtt": _get_att,
        "Fn::If": _if,
        "Fn::Join": _join,
        "Fn::Not": _not,
        "Fn::Or": _or,
        "Fn::Select": _select,
        "Fn::Split": _split,
        "Fn::Sub": _sub,
    }


def _parameters(declared: Mapping[str, Node], given: Mapping[str, str]) -> dict[str, str]:
    """Return each parameter's value, as CloudFormation holds it: text."""
    if unknown := given.keys() - declared.keys():
        raise Unresolvable(f"the template has no parameter {', '.join(sorted(unknown))}")
    defaults = {name: str(made["Default"]) for name, made in declared.items() if "Default" in made}
    values = defaults | dict(given)
    if missing := declared.keys() - values.keys():
        raise Unresolvable(f"a value is needed for parameter {', '.join(sorted(missing))}")
    return values
