"""One section of samconfig.toml: where a deploy goes and what it says, read once."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from deploy import parameters
from deploy.failure import DeployFailed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FILE = "samconfig.toml"


@dataclass(frozen=True)
class Stage:
    """A section. `parameters` are those that it lists; with `confirms` sam asks before it changes.

    `region` and `profile` are None where the section leaves them to the caller's environment.
    """

    name: str
    stack: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    confirms: bool = False
    region: str | None = None
    profile: str | None = None


def read(root: Path, name: str, stack: str | None = None) -> Stage:
    """Return a section, its stack's name replaced by `stack` if given, or raise `DeployFailed`."""
    if stack == "":
        raise DeployFailed("STACK is empty: name the core stack, or leave STACK out")
    sections = tomllib.loads((root / FILE).read_text(encoding="utf-8"))
    if not isinstance(sections.get(name), dict):
        known = ", ".join(key for key, value in sections.items() if isinstance(value, dict))
        raise DeployFailed(f"ENV={name}: {FILE} has no such section, only {known}")
    said = {**_parameters(sections[name], "global"), **_parameters(sections[name], "deploy")}
    stack = stack or said.get("stack_name")
    if not stack:
        raise DeployFailed(f"{FILE} says no stack_name for {name}: give STACK=…")
    return Stage(
        name=name,
        stack=stack,
        parameters=_overrides(said.get("parameter_overrides", [])),
        confirms=bool(said.get("confirm_changeset", False)),
        region=said.get("region"),
        profile=said.get("profile"),
    )


def _parameters(section: dict[str, Any], command: str) -> dict[str, Any]:
    said: dict[str, Any] = section.get(command, {}).get("parameters", {})
    return said


def _overrides(listed: str | list[str] | dict[str, Any]) -> dict[str, str]:
    """Return the parameters in any of the forms that sam reads, but files of them."""
    if isinstance(listed, dict):
        return {name: str(value) for name, value in listed.items()}
    return parameters.split(listed if isinstance(listed, str) else " ".join(listed))
