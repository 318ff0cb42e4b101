"""Template parameters as an operator writes them, `Cpu=2048 MemoryMiB=8192`, and their limits."""

from __future__ import annotations

import math
import re
import shlex
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

RANGES = (("ModelMinTasks", "ModelMaxTasks"), ("MinTasks", "MaxTasks"))
"""Least and most, as the core's and a further model's template name them."""


def split(text: str) -> dict[str, str]:
    """Return the values by name, the later of two; quotes hold a value with spaces together.

    Raises:
        ValueError: the text has another form.

    """
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise ValueError(f"PARAMETERS: {error}: {text}") from None
    return dict(_pair(word) for word in words)


def _pair(word: str) -> tuple[str, str]:
    name, equals, value = word.partition("=")
    if not equals or not name.isalnum():
        raise ValueError(f"PARAMETERS: expected Name=value, got {word!r}")
    return name, value


def declared(template: Path) -> dict[str, dict[str, Any]]:
    """Return a template's parameters, as it declares them, by name."""
    document: dict[str, dict[str, Any]] = yaml.load(template.read_text(encoding="utf-8"), _Loader)  # noqa: S506 - a SafeLoader
    return document["Parameters"]


def defaults(template: Path) -> dict[str, str]:
    """Return the values of a template's parameters that nobody gives, "" for one that must be."""
    return {name: str(said.get("Default", "")) for name, said in declared(template).items()}


def faults(given: Mapping[str, str], template: Path) -> Iterator[str]:
    """Each name that the template lacks, which sam would pass over, and value beyond its limits."""
    known = declared(template)
    yield from (f"{template.name} has no parameter {name}" for name in given if name not in known)
    for name, value in given.items():
        if name in known and (fault := _fault(value, known[name])):
            yield f"{name}={_wrong_part(value, known[name])} {fault}"


def crossed(values: Mapping[str, str], origins: Mapping[str, str]) -> Iterator[str]:
    """Each least number of tasks above the most: the service would be asked for both at once.

    No template can compare two numbers. Where one of a pair is not among the values, or is no
    number, nothing is said of it. `origins` are words on where a value comes from, by name.
    """
    for low, high in RANGES:
        if _number(values.get(low)) > _number(values.get(high)):
            least, most = (
                f"{name}={values[name]}{f' ({origins[name]})' if name in origins else ''}"
                for name in (low, high)
            )
            yield f"{least} is above {most}"


def _number(value: str | None) -> float:
    try:
        return float(value or "")
    except ValueError:
        return math.nan  # it is above nothing, and nothing is above it


def _wrong_part(value: str, limits: Mapping[str, Any]) -> str:
    """Of a list with commas, the entries that have another form than the rest; else the value."""
    pattern = limits.get("AllowedPattern", ".*")
    wrong = [each for each in value.split(",") if not re.fullmatch(pattern, each, re.DOTALL)]
    return ",".join(wrong) or value


def _fault(value: str, limits: Mapping[str, Any]) -> str:
    """Return what the limits of a declared parameter have against a value, "" for nothing."""
    allowed = [str(each) for each in limits.get("AllowedValues", [])]
    if allowed and value not in allowed:
        return f"must be one of {', '.join(allowed)}"
    if not re.fullmatch(limits.get("AllowedPattern", ".*"), value, re.DOTALL):
        said = limits.get("ConstraintDescription")
        return str(said or f"must match {limits['AllowedPattern']}")
    if len(value) > limits.get("MaxLength", math.inf):
        return f"must have at most {limits['MaxLength']} characters, has {len(value)}"
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
