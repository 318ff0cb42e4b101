"""What CloudFormation makes of a template for given parameters: the SAM transform, the conditions,
and the intrinsics as far as they can be known before anything is created.
"""

from __future__ import annotations

import copy
import os
import re
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from unittest import mock

from samtranslator.translator.transform import transform  # type: ignore[import-untyped]

from tests.template.documents import defaults, load_openapi

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.template.documents import Node, Template

PSEUDO = {
    "AWS::StackName": "spillway",
    "AWS::Region": "eu-central-1",
    "AWS::AccountId": "111122223333",
    "AWS::Partition": "aws",
    "AWS::URLSuffix": "amazonaws.com",
}
NO_VALUE = object()
_VARIABLE = re.compile(r"\$\{([^!}][^}]*)\}")


def packaged(core: Template) -> Template:
    """Do as `sam package` and AWS::Include do, then transform SAM's types to CloudFormation's."""
    template = copy.deepcopy(core)
    template["Globals"]["Function"]["CodeUri"] = "s3://artifacts/code"
    for resource in template["Resources"].values():
        given = resource.get("Properties", {})
        if resource["Type"] == "AWS::Serverless::LayerVersion":
            given["ContentUri"] = "s3://artifacts/layer"
        if resource["Type"] == "AWS::Serverless::Api":
            assert given["DefinitionBody"]["Fn::Transform"]["Name"] == "AWS::Include"
            given["DefinitionBody"] = load_openapi()
    no_managed_policies = SimpleNamespace(load=dict)
    with mock.patch.dict(os.environ, {"AWS_DEFAULT_REGION": PSEUDO["AWS::Region"]}):
        made: Template = transform(template, {}, no_managed_policies)
    return made


class Resolved:
    """One template for one set of parameters (those not given have their defaults)."""

    def __init__(self, template: Template, **given: str) -> None:
        unknown = given.keys() - template["Parameters"].keys()
        assert not unknown, f"no such parameters: {unknown}"
        self.parameters = defaults(template) | given
        self._conditions: Mapping[str, Node] = template.get("Conditions", {})
        self.resources: dict[str, dict[str, Any]] = {
            name: self._value({key: part for key, part in resource.items() if key != "Condition"})
            for name, resource in template["Resources"].items()
            if self.holds(resource.get("Condition"))
        }
        self.outputs: dict[str, dict[str, Any]] = {
            name: self._value({key: part for key, part in output.items() if key != "Condition"})
            for name, output in template.get("Outputs", {}).items()
            if self.holds(output.get("Condition"))
        }
        self._rules: Mapping[str, Node] = template.get("Rules", {})

    def holds(self, condition: str | None) -> bool:
        """Tell whether a condition is true; none always is."""
        return condition is None or bool(self._value(self._conditions[condition]))

    def broken_rules(self) -> list[str]:
        """Return the descriptions of the assertions that these parameters break."""
        return [
            assertion["AssertDescription"]
            for rule in self._rules.values()
            if self._value(rule.get("RuleCondition", True))
            for assertion in rule["Assertions"]
            if not self._value(assertion["Assert"])
        ]

    def properties(self, logical_id: str) -> dict[str, Any]:
        """Return a resource's properties."""
        found: dict[str, Any] = self.resources[logical_id].get("Properties", {})
        return found

    def of_type(self, *types: str) -> dict[str, dict[str, Any]]:
        """Return the properties of the resources of some types, by logical id."""
        return {
            name: self.properties(name)
            for name, resource in self.resources.items()
            if resource["Type"] in types
        }

    def dangling(self) -> set[str]:
        """Return each reference to a resource that is not there."""
        made = {"resources": self.resources, "outputs": self.outputs}
        return {name for name in references(made) if name not in self.resources}

    def _value(self, node: Node) -> Node:
        if isinstance(node, list):
            return [value for entry in node if (value := self._value(entry)) is not NO_VALUE]
        if not isinstance(node, dict):
            return node
        if len(node) == 1:
            ((name, argument),) = node.items()
            if name in _FUNCTIONS:
                return _FUNCTIONS[name](self, argument)
        pairs = {key: self._value(part) for key, part in node.items()}
        return {key: value for key, value in pairs.items() if value is not NO_VALUE}

    def _ref(self, name: Node) -> Node:
        if name == "AWS::NoValue":
            return NO_VALUE
        known = {**PSEUDO, **self.parameters}
        return known.get(name, {"Ref": name})

    def _condition(self, name: Node) -> Node:
        return self.holds(name) if isinstance(name, str) else {"Condition": self._value(name)}

    def _if(self, argument: Node) -> Node:
        condition, yes, no = argument
        return self._value(yes if self.holds(condition) else no)

    def _equals(self, argument: Node) -> Node:
        left, right = (str(self._value(side)) for side in argument)
        return left == right

    def _not(self, argument: Node) -> Node:
        return not self._value(argument[0])

    def _and(self, argument: Node) -> Node:
        return all(self._value(part) for part in argument)

    def _or(self, argument: Node) -> Node:
        return any(self._value(part) for part in argument)

    def _contains(self, argument: Node) -> Node:
        among, value = argument
        return str(self._value(value)) in among

    def _sub(self, argument: Node) -> Node:
        text, own = argument if isinstance(argument, list) else (argument, {})
        known = {**PSEUDO, **self.parameters, **{key: self._value(own[key]) for key in own}}
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
        delimiter, text = argument[0], self._value(argument[1])
        return text.split(delimiter) if isinstance(text, str) else {"Fn::Split": [delimiter, text]}

    def _select(self, argument: Node) -> Node:
        index, among = int(argument[0]), self._value(argument[1])
        return among[index] if isinstance(among, list) else {"Fn::Select": [index, among]}


_FUNCTIONS = {
    "Ref": Resolved._ref,
    "Condition": Resolved._condition,
    "Fn::If": Resolved._if,
    "Fn::Equals": Resolved._equals,
    "Fn::Not": Resolved._not,
    "Fn::And": Resolved._and,
    "Fn::Or": Resolved._or,
    "Fn::Contains": Resolved._contains,
    "Fn::Sub": Resolved._sub,
    "Fn::Split": Resolved._split,
    "Fn::Select": Resolved._select,
}


def references(node: Node) -> Iterator[str]:
    """Yield the logical id of each resource that something refers to."""
    if isinstance(node, list):
        for entry in node:
            yield from references(entry)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key == "Ref":
                yield value
            elif key == "Fn::GetAtt":
                yield value[0] if isinstance(value, list) else value.split(".")[0]
            elif key == "Fn::Sub":
                yield from _substituted(value)
            else:
                yield from references(value)


def imports(node: Node) -> Iterator[str]:
    """Yield the name of each export that is imported."""
    if isinstance(node, list):
        for entry in node:
            yield from imports(entry)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key == "Fn::ImportValue":
                yield value
            else:
                yield from imports(value)


def _substituted(value: Node) -> Iterator[str]:
    text, own = value if isinstance(value, list) else (value, {})
    yield from (
        name.split(".")[0]
        for name in _VARIABLE.findall(text)
        if name not in own and not name.startswith("AWS::")
    )
    yield from references(list(own.values()))
