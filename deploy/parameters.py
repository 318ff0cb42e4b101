"""The template parameters that an operator gives a deploy, refused before anything is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploy.failure import DeployFailed
from tools import parameters
from tools.parameters import declared, defaults

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

__all__ = ["check", "check_tasks", "declared", "defaults", "split"]


def split(text: str) -> dict[str, str]:
    """Return the values by name, or raise `DeployFailed` where the text has another form."""
    try:
        return parameters.split(text)
    except ValueError as error:
        raise DeployFailed(str(error)) from None


def check(given: Mapping[str, str], template: Path, *, own: Mapping[str, str]) -> None:
    """Raise `DeployFailed` for what sam would pass over, or CloudFormation refuse after the upload.

    That is a name that the template lacks, a value beyond its limits, and more tasks at least than
    at most. `own` are the names that the command sets itself, each with how it is told to.
    """
    _refuse(
        [
            *(f"{name} is set by {own[name]}" for name in given if name in own),
            *parameters.faults(given, template),
            *parameters.crossed(given, {}),
        ]
    )


def check_tasks(wanted: Mapping[str, str], given: Mapping[str, str]) -> None:
    """Raise `DeployFailed` for more tasks at least than at most, as they will be deployed.

    `wanted` are all values, those among them too that stay as they are; `given` the operator's.
    """
    _refuse(parameters.crossed(wanted, dict.fromkeys(wanted.keys() - given.keys(), "not given")))


def _refuse(faults: Iterable[str]) -> None:
    if said := "; ".join(faults):
        raise DeployFailed(f"PARAMETERS: {said}")
