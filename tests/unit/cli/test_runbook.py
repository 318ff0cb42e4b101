"""Each command of the runbook is one that its program takes: `spillway`, `aws` and `make` alike."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import boto3
import click
import pytest
from botocore import xform_name

from spillway_cli.program import spillway

ROOT = Path(__file__).parents[3]
RUNBOOK = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```bash\n(.*?)^```", RUNBOOK, re.MULTILINE | re.DOTALL)
INLINE = re.findall(r"`((?:aws|spillway|make) [^`]*)`", RUNBOOK)
AWS_GLOBALS = {"cli-binary-format", "max-items", "query", "output", "region", "profile"}
CUSTOM = {
    "cloudformation deploy": {
        "template-file",
        "stack-name",
        "capabilities",
        "parameter-overrides",
    },
    "ecr get-login-password": set[str](),
    "logs tail": {"since", "filter-pattern", "follow"},
    "s3 cp": {"recursive"},
    "s3 rm": {"recursive"},
}
"""What the AWS CLI adds to the services' own operations, with the options that are used here:
https://docs.aws.amazon.com/cli/latest/reference/"""


def _commands() -> list[str]:
    """Every command line: those in `$(…)` apart, continued lines joined, comments cut off."""
    text = "\n".join(BLOCKS).replace("\\\n", " ")
    text = re.sub(r"\s+#\s.*$", "", text, flags=re.MULTILINE)
    lines = [*text.splitlines(), *(inline.replace("\n", " ") for inline in INLINE)]
    found: list[str] = []
    for line in lines:
        rest = line
        while inner := re.search(r"\$\(([^()]*)\)", rest):
            found.append(inner[1])
            rest = rest.replace(inner[0], "VALUE")
        found.append(re.sub(r"^\w+\(\) \{", "", rest))
    return [each for line in found for each in _parted(line)]


def _parted(line: str) -> list[str]:
    """The commands of a line, which pipes and semicolons part where they stand in no quotes."""
    words = shlex.shlex(line, posix=True, punctuation_chars="|;")
    words.whitespace_split = True
    parts: list[list[str]] = [[]]
    for word in words:
        if word in {"|", ";"}:
            parts.append([])
        else:
            parts[-1].append(word)
    return [shlex.join(part) for part in parts]


def _of(program: str) -> list[str]:
    named = {each for each in _commands() if each.startswith(f"{program} ") and "…" not in each}
    return sorted(named)


def test_the_runbook_has_commands_of_each_program() -> None:
    assert len(_of("spillway")) >= 8
    assert len(_of("aws")) >= 12
    assert _of("make")


@pytest.mark.parametrize("command", _of("spillway"))
def test_spillway_takes_a_command_of_the_runbook(command: str) -> None:
    words = shlex.split(re.sub(r"\$\w+", "default", command))[1:]
    group: click.Group = spillway
    context = click.Context(group)
    while True:
        name, program, words = group.resolve_command(context, words)
        assert program is not None
        if not isinstance(program, click.Group):
            break
        group, context = program, click.Context(program, parent=context, info_name=name)

    # Types, choices and required arguments are checked; nothing is called.
    program.make_context(name, words, parent=context)


@pytest.mark.parametrize("command", _of("aws"))
def test_the_aws_cli_takes_a_command_of_the_runbook(command: str) -> None:
    _, service, operation, *words = shlex.split(command)
    options = {word.removeprefix("--").partition("=")[0] for word in words if word[:2] == "--"}

    assert options - AWS_GLOBALS <= _options(service, operation)


@pytest.mark.parametrize("command", _of("make"))
def test_make_knows_a_target_of_the_runbook(command: str) -> None:
    target = shlex.split(command)[1]

    assert re.search(rf"^{re.escape(target)}:", MAKEFILE, re.MULTILINE)


def _options(service: str, operation: str) -> set[str]:
    """The options of an AWS CLI command, which are its operation's parameters."""
    if f"{service} {operation}" in CUSTOM:
        return CUSTOM[f"{service} {operation}"]
    client = boto3.client(service, region_name="eu-central-1")  # type: ignore[call-overload]
    names = {xform_name(name, "-"): name for name in client.meta.service_model.operation_names}
    assert operation in names, f"aws {service} has no {operation}"
    shape = client.meta.service_model.operation_model(names[operation]).input_shape
    members = shape.members if shape else {}
    switches = {name for name, member in members.items() if member.type_name == "boolean"}
    return {xform_name(name, "-") for name in members} | {
        f"no-{xform_name(name, '-')}" for name in switches
    }
