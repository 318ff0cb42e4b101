"""The parts of a container definition that MiniStack's CloudFormation leaves in the wrong case.

ECS's API says `healthCheck: {command}` where a template says `HealthCheck: {Command}`; MiniStack
converts the outer name and, for these parts, not the inner ones, so that DescribeTaskDefinition
gives them empty and secrets are not found.
"""

from __future__ import annotations

from typing import Any

from local import compatibility

CONVERTER = "services.cloudformation.provisioners._normalize_container_defs"
PARTS = (
    "dependsOn",
    "extraHosts",
    "healthCheck",
    "linuxParameters",
    "repositoryCredentials",
    "resourceRequirements",
    "secrets",
    "systemControls",
    "ulimits",
)


def install() -> None:
    """Have the converter do these parts too."""
    converted = compatibility.name(CONVERTER)

    def normalize(definitions: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [completed(definition) for definition in converted(definitions)]

    compatibility.replace(CONVERTER, normalize)


def completed(definition: dict[str, Any]) -> dict[str, Any]:
    """Return a container definition with the names inside `PARTS` in ECS's case."""
    return definition | {part: _camel(definition[part]) for part in PARTS if part in definition}


def _camel(value: Any) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(value, dict):
        return {name[:1].lower() + name[1:]: _camel(item) for name, item in value.items()}
    return [_camel(item) for item in value] if isinstance(value, list) else value
