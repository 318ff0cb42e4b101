"""Template parameters as the operator writes them: `Cpu=2048 MemoryMiB=8192`."""

from __future__ import annotations

import math
import re
import shlex
from typing import TYPE_CHECKING, Any

import yaml

from deploy.failure import DeployFailed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def split(text: str) -> dict[str, str]:
    """Return the values by name, the later of two; quotes hold a value with spaces together.

    Raises:
        DeployFailed: the text has another form.

    """
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise DeployFailed(f"PARAMETERS: {error}: {text}") from None
    return dict(_pair(word) for word in words)


def _pair(word: str) -> tuple[str, str]:
    name, equals, value = word.partition("=")
    if not equals or not name.isalnum():
        raise DeployFailed(f"PARAMETERS: expected Name=value, got {word!r}")
    return name, value


def check(given: Mapping[str, str], template: Path, *, own: Mapping[str, str]) -> None:
    """Raise `DeployFailed` for what sam would pass over, or CloudFormation refuse after the upload.

    That is a name that the template lacks, and a value beyond its limits. `own` are the names
    that the command sets itself, each with how it is told to.
    """
    faults = [f"{name} is set by {own[name]}" for name in given if name in own]
    known = declared(template)
    faults += [f"{template.name} has no parameter {name}" for name in given if name not in known]
    for name, value in given.items():
        fault = _fault(value, known[name]) if name in known else ""
        faults += [f"{name}={value} {fault}"] if fault else []
    if faults:
        raise DeployFailed(f"PARAMETERS: {'; '.join(faults)}")


def declared(template: Path) -> dict[str, dict[str, Any]]:
    """Return a template's parameters, as it declares them, by name."""
    document: dict[str, dict[str, Any]] = yaml.load(template.read_text(encoding="utf-8"), _Loader)  # noqa: S506 - a SafeLoader
    return document["Parameters"]


def _fault(value: str, limits: Mapping[str, Any]) -> str:
    """Return what the limits of a declared parameter have against a value, "" for nothing."""
    allowed = [str(each) for each in limits.get("AllowedValues", [])]
    if allowed and value not in allowed:
        return f"must be one of {', '.join(allowed)}"
    if not re.fullmatch(limits.get("AllowedPattern", ".*"), value, re.DOTALL):
        said = limits.get("ConstraintDescription")
        return str(said or f"must match {limits['AllowedPattern']}")
    return _number_fault(value, limits) if limits["Type"] == "Number" else ""


def _number_fault(value: str, limits: Mapping[str, Any]) -> str:
    try:
        number = float(value)
    except ValueError:
        return "must be a number"
    least, most = limits.get("MinValue", -math.inf), limits.get("MaxValue", math.inf)
    return "" if least <= number <= most else f"must be from {least} to {most}"


class _Loader(yaml.SafeLoader):
    """A SafeLoader that reads past CloudFormation's tags: no parameter has any."""


def _nothing(_loader: yaml.SafeLoader, _suffix: str, _node: yaml.Node) -> None:
    return None


_Loader.add_multi_constructor("!", _nothing)
