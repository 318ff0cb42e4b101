"""The OpenAPI document as callers see it: what is deployed, without what only AWS understands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spillway.settings import AuthMode

_FOR_AWS = "x-amazon-"


def published(document: Mapping[str, Any], *, stack: str, auth_mode: AuthMode) -> dict[str, Any]:
    """The document with its intrinsic functions resolved as the template resolves them."""
    conditions = {"HasApiKeys": auth_mode == "ApiKey"}
    shown: dict[str, Any] = _resolved(document, conditions, stack)
    used = "apiKey" if auth_mode == "ApiKey" else "sigv4"
    schemes = shown["components"]["securitySchemes"]
    shown["components"]["securitySchemes"] = {used: schemes[used]}
    return shown


def _resolved(value: Any, conditions: Mapping[str, bool], stack: str) -> Any:  # noqa: ANN401
    match value:
        case {"Fn::If": [name, yes, no]}:
            return _resolved(yes if conditions[name] else no, conditions, stack)
        case {"Fn::Sub": str(text)}:
            return text.replace("${AWS::StackName}", stack)
        case dict():
            return {
                name: _resolved(entry, conditions, stack)
                for name, entry in value.items()
                if not str(name).startswith(_FOR_AWS)
            }
        case list():
            return [_resolved(entry, conditions, stack) for entry in value]
        case _:
            return value
