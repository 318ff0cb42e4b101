"""Which exports a stack really imports: those of the branches that its conditions take.

MiniStack counts every `Fn::ImportValue` of a template. A nested stack that gets by parameter what
it would import on its own then keeps its parent from being deleted.
"""

from __future__ import annotations

from typing import Any

from local import compatibility

IMPORTED = "services.cloudformation.handlers._imported_export_names"


def install() -> None:
    """Have the deletion of a stack ask for imports that are in use alone."""
    imported = compatibility.name(IMPORTED)

    def names(stack: dict[str, Any], stack_name: str) -> Any:  # noqa: ANN401 - MiniStack is untyped
        conditions = stack.get("_conditions", {})
        template = in_use(stack.get("_template", {}), conditions)
        return imported({**stack, "_template": template}, stack_name)

    compatibility.replace(IMPORTED, names)


def in_use(template: dict[str, Any], conditions: dict[str, bool]) -> dict[str, Any]:
    """Return the template without resources and branches that a condition leaves out."""
    resources = {
        name: resource
        for name, resource in template.get("Resources", {}).items()
        if conditions.get(resource.get("Condition", ""), True)
    }
    taken: dict[str, Any] = _taken({**template, "Resources": resources}, conditions)
    return taken


def _taken(node: Any, conditions: dict[str, bool]) -> Any:  # noqa: ANN401 - any part of a template
    if isinstance(node, list):
        return [_taken(item, conditions) for item in node]
    if not isinstance(node, dict):
        return node
    if len(node) == 1 and "Fn::If" in node:
        condition, yes, no = node["Fn::If"]
        return _taken(yes if conditions.get(condition) else no, conditions)
    return {name: _taken(item, conditions) for name, item in node.items()}
