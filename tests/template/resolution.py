"""What CloudFormation makes of a template for given parameters: the SAM transform, and what
`scaling.engine.resolution` resolves.
"""

from __future__ import annotations

import copy
import os
import re
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from unittest import mock

from samtranslator.translator.transform import transform  # type: ignore[import-untyped]

from scaling.engine.resolution import Resolver
from tests.template.documents import load_openapi

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
_VARIABLE = re.compile(r"\$\{([^!}][^}]*)\}")


def packaged(core: Template) -> Template:
    """Do as `sam package` and AWS::Include do, then transform SAM's types to CloudFormation's."""
    template = copy.deepcopy(core)
    template["Globals"]["Function"]["CodeUri"] = "s3://artifacts/code"
    for resource in template["Resources"].values():
        given = resource.get("Properties", {})
        if resource["Type"] == "AWS::Serverless::Function" and "CodeUri" in given:
            given["CodeUri"] = "s3://artifacts/code"
        if resource["Type"] == "AWS::Serverless::LayerVersion":
            given["ContentUri"] = "s3://artifacts/layer"
        if resource["Type"] == "AWS::Serverless::Api":
            assert given["DefinitionBody"]["Fn::Transform"]["Name"] == "AWS::Include"
            given["DefinitionBody"] = load_openapi()
    no_managed_policies = SimpleNamespace(load=dict)
    with mock.patch.dict(os.environ, {"AWS_DEFAULT_REGION": PSEUDO["AWS::Region"]}):
        made: Template = transform(template, {}, no_managed_policies)
    return made


class Resolved(Resolver):
    """One template for one set of parameters (those not given have their defaults)."""

    def __init__(self, template: Template, **given: str) -> None:
        super().__init__(template, given, PSEUDO)
        self.resources = self.part(template["Resources"])
        self.outputs = self.part(template.get("Outputs", {}))
        self._rules: Mapping[str, Node] = template.get("Rules", {})

    def broken_rules(self) -> list[str]:
        """Return the descriptions of the assertions that these parameters break."""
        return [
            assertion["AssertDescription"]
            for rule in self._rules.values()
            if self.value(rule.get("RuleCondition", True))
            for assertion in rule["Assertions"]
            if not self.value(assertion["Assert"])
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
