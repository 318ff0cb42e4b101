"""`sam build` and `sam deploy` of the core stack, as samconfig.toml says."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from deploy.command import Commands
    from deploy.stage import Stage

PROGRAM = "sam"


def build(commands: Commands, stage: Stage) -> None:
    """Build the functions and layers; what has not changed comes from sam's own cache."""
    commands.run("sam build", [PROGRAM, "build", "--config-env", stage.name])


def deploy(commands: Commands, stage: Stage, given: Mapping[str, str]) -> None:
    """Deploy what was built; raises `DeployFailed`."""
    words = deploy_words(stage, given)
    if stage.confirms:
        commands.show("sam deploy", words)
    else:
        commands.run("sam deploy", words)


def deploy_words(stage: Stage, given: Mapping[str, str]) -> list[str]:
    """Return the command.

    A list on the command line takes the place of the file's, so the file's is said again before
    it. A parameter that neither names keeps the value that the stack has: sam asks CloudFormation
    for the previous one (`UsePreviousValue`).
    """
    overrides = {**stage.parameters, **given}
    words = [PROGRAM, "deploy", "--config-env", stage.name, "--stack-name", stage.stack]
    if overrides:
        words += ["--parameter-overrides", *(_word(*each) for each in overrides.items())]
    return words


def _word(name: str, value: str) -> str:
    """Return one override; sam needs quotes to see that there is no value."""
    return f"{name}={value}" if value else f'{name}=""'
