"""Numbers that MiniStack leaves as text where a template takes them from a parameter.

CloudFormation turns the value into what the property's schema says; MiniStack passes on the
parameter's text, over which its own code then falls.
"""

from __future__ import annotations

from typing import Any

from local import compatibility

NUMBERS = {
    "AWS::ECS::Service": ("DesiredCount",),
    "AWS::Lambda::EventSourceMapping": ("ScalingConfig.MaximumConcurrency",),
}
"""Properties by resource type; a dot leads into one that has properties itself."""
HANDLERS = "services.cloudformation.provisioners._RESOURCE_HANDLERS"


def install() -> None:
    """Have the listed properties arrive as numbers."""
    handlers = compatibility.name(HANDLERS)
    for resource_type, names in NUMBERS.items():
        create, update = handlers[resource_type]["create"], handlers[resource_type]["update"]
        handlers[resource_type] |= {
            "create": lambda logical_id, given, stack, create=create, names=names: create(
                logical_id, with_numbers(given, names), stack
            ),
            "update": lambda physical_id, old, new, stack, update=update, names=names: update(
                physical_id, with_numbers(old, names), with_numbers(new, names), stack
            ),
        }


def with_numbers(given: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """Return the properties with those named turned into whole numbers."""
    for name in names:
        given = _with_number(given, *name.split("."))
    return given


def _with_number(given: dict[str, Any], name: str, *inner: str) -> dict[str, Any]:
    value = given.get(name)
    if inner and isinstance(value, dict):
        return given | {name: _with_number(value, *inner)}
    return given | {name: int(value)} if isinstance(value, str) and not inner else given
