"""The templates as data: short-form intrinsics read as their long forms."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

type Node = Any
"""What YAML gives: dict, list, str, int, float, bool or None."""
type Template = dict[str, Any]

ROOT = Path(__file__).parents[2]
CORE = ROOT / "template.yaml"
MODEL = ROOT / "stacks" / "model.yaml"
NETWORK = ROOT / "stacks" / "network.yaml"
DOMAIN = ROOT / "stacks" / "domain.yaml"
TEMPLATES = (CORE, MODEL, NETWORK, DOMAIN)
OPENAPI = ROOT / "api" / "openapi.yaml"


class _Loader(yaml.SafeLoader):
    """SafeLoader that knows CloudFormation's tags."""


def _intrinsic(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> Node:
    value: Node
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        assert isinstance(node, yaml.MappingNode)
        value = loader.construct_mapping(node, deep=True)
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _intrinsic)


def load(path: Path) -> Template:
    """Read a template."""
    template: Template = yaml.load(path.read_text(encoding="utf-8"), _Loader)  # noqa: S506 - safe
    return template


def load_openapi() -> dict[str, Any]:
    """Read the OpenAPI document as AWS::Include does: long-form intrinsics only."""
    document: dict[str, Any] = yaml.safe_load(OPENAPI.read_text(encoding="utf-8"))
    return document


def defaults(template: Template) -> dict[str, str]:
    """Return each parameter's default, as CloudFormation holds it: text."""
    return {name: str(given["Default"]) for name, given in template["Parameters"].items()}


def of_type(template: Template, *types: str) -> dict[str, dict[str, Any]]:
    """Return the resources of some types by logical id."""
    return {
        name: resource
        for name, resource in template["Resources"].items()
        if resource["Type"] in types
    }
