"""Template parameters as the operator writes them: `Cpu=2048 MemoryMiB=8192`."""

from __future__ import annotations

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
    """Raise `DeployFailed` for names that the template lacks, which sam would pass over in silence.

    `own` are the names that the command sets itself, each with how it is told to.
    """
    faults = [f"{name} is set by {own[name]}" for name in given if name in own]
    known = names(template)
    faults += [f"{template.name} has no parameter {name}" for name in given if name not in known]
    if faults:
        raise DeployFailed(f"PARAMETERS: {'; '.join(faults)}")


def names(template: Path) -> frozenset[str]:
    """Return the names of a template's parameters."""
    document: dict[str, Any] = yaml.load(template.read_text(encoding="utf-8"), _Loader)  # noqa: S506 - a SafeLoader
    return frozenset(document["Parameters"])


class _Loader(yaml.SafeLoader):
    """A SafeLoader that reads past CloudFormation's tags: no parameter has any."""


def _nothing(_loader: yaml.SafeLoader, _suffix: str, _node: yaml.Node) -> None:
    return None


_Loader.add_multi_constructor("!", _nothing)
