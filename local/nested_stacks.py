"""What MiniStack forgets of a nested stack's unchanged resources when it updates the stack.

An unchanged resource keeps its attributes; the update of a nested stack passes none on, so that
the next `GetAtt` of such a resource fails and the whole update with it.
"""

from __future__ import annotations

from typing import Any

from local import compatibility

UPDATER = "services.cloudformation.provisioners._update_resource"
STACKS = "services.cloudformation._stacks"


def install() -> None:
    """Have each update know the attributes that its resource has."""
    updated = compatibility.name(UPDATER)

    def update(
        resource_type: str,
        physical_id: str,
        old: dict[str, Any],
        new: dict[str, Any],
        stack: str,
        logical_id: str | None = None,
        attributes: dict[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401 - MiniStack is untyped
        known = attributes or recorded(compatibility.name(STACKS).get(stack), logical_id)
        return updated(resource_type, physical_id, old, new, stack, logical_id, known)

    compatibility.replace(UPDATER, update)


def recorded(stack: dict[str, Any] | None, logical_id: str | None) -> dict[str, Any]:
    """Return the attributes that a stack's record holds of a resource, {} where it holds none."""
    resources = (stack or {}).get("_resources", {})
    return dict(resources.get(logical_id, {}).get("Attributes", {}))
