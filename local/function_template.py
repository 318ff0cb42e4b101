"""The built template as `sam local` is to read it."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    type Template = dict[str, Any]

INTEGRATION = "x-amazon-apigateway-integration"
KEY_CHECK = "KeyCheck"
CHECKED = "CHECKED_HANDLER"


def with_variables(template: Template, names: Iterable[str]) -> Template:
    """Declare further variables of every function: `sam local` passes on no other."""
    changed = copy.deepcopy(template)
    variables = changed["Globals"]["Function"].setdefault("Environment", {})
    variables.setdefault("Variables", {}).update(dict.fromkeys(names, ""))
    return changed


def with_routes(template: Template, document: Template) -> Template:
    """Put the API's routes in the place of the document that the template includes.

    `sam local` reads nothing else of it. It resolves no condition in an included document, and
    runs a function, never a version of one: where there is a choice, the last is the function.
    """
    changed = copy.deepcopy(template)
    paths = {
        path: {
            method: _route(operation) for method, operation in item.items() if _is_served(operation)
        }
        for path, item in document["paths"].items()
    }
    info = {"title": "local", "version": "1"}
    body = {"openapi": document["openapi"], "info": info, "paths": paths}
    changed["Resources"]["Api"]["Properties"]["DefinitionBody"] = body
    return changed


def with_key_check(template: Template, functions: Iterable[str], code: Path) -> Template:
    """Put the check of the API key, a layer whose code is at `code`, before these functions."""
    changed = copy.deepcopy(template)
    changed["Resources"][KEY_CHECK] = {
        "Type": "AWS::Serverless::LayerVersion",
        "Properties": {"ContentUri": str(code), "CompatibleRuntimes": ["python3.13"]},
    }
    for name in functions:
        function = changed["Resources"][name]["Properties"]
        function.setdefault("Layers", []).append({"Ref": KEY_CHECK})
        variables = function.setdefault("Environment", {}).setdefault("Variables", {})
        variables[CHECKED] = function["Handler"]
        function["Handler"] = "key_check.handler"
    return changed


def _is_served(operation: object) -> bool:
    return isinstance(operation, dict) and INTEGRATION in operation


def _route(operation: Template) -> Template:
    integration = operation[INTEGRATION]
    uri = integration["uri"]
    return {INTEGRATION: {**integration, "uri": uri["Fn::If"][-1] if "Fn::If" in uri else uri}}
