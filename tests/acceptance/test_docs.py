"""The examples of docs/client.md and docs/cli.md are run, and print what they say."""

from __future__ import annotations

import doctest
import io
import json
import re
import subprocess
from collections import deque
from typing import TYPE_CHECKING

import pytest

from spillway_cli import api_keys, webhook_secrets
from spillway_cli.exits import Exit
from tests.acceptance.shell import Shell
from tests.acceptance.system import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.acceptance.system import System

CLIENT, CLI = ROOT / "docs" / "client.md", ROOT / "docs" / "cli.md"
ANY = (
    r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z",
    r"-?\d+\.\d+",
    r"dlv_[0-9a-f]{32}",
    r"\b[0-9a-f]{8}\b",
)
"""What differs from run to run: a job's id, an instant, a fraction, a delivery's id, a key's."""


@pytest.fixture(scope="module")
def key(system: System) -> str:
    """A tenant of the documents' own, whose webhooks are signed."""
    webhook_secrets.ensure(system.aws("ssm"), system.stack, "docs")
    return api_keys.create(system.aws("apigateway"), system.output("UsagePlanId"), "docs")


def hook(system: System) -> str:
    """A webhook of the receiver that the system has announced."""
    said = json.loads((system.folder / "endpoint.json").read_text())
    return f"{said['receiver']}hook"


def blocks(page: Path, language: str) -> str:
    """All blocks of a language, one after the other."""
    found = re.findall(rf"^```{language}\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE)
    return "".join(found)


def test_the_client_s_examples(system: System, key: str) -> None:
    examples = doctest.DocTestParser().get_doctest(
        blocks(CLIENT, "python"),
        {"url": system.url, "key": key, "hook": hook(system)},
        CLIENT.name,
        None,
        None,
    )
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    report = io.StringIO()

    ran = runner.run(examples, out=report.write)

    assert ran.attempted > 15
    assert ran.failed == 0, report.getvalue()


def test_the_command_s_examples(system: System, key: str, tmp_path: Path) -> None:
    shell = Shell.at(system, tmp_path).having(SPILLWAY_API_KEY=key, HOOK=hook(system))
    steps = re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", blocks(CLI, "console"), re.MULTILINE)

    assert len(steps) > 12
    for command, said in steps:
        ran = subprocess.run(
            ["bash", "-c", command],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env=dict(shell.environment),
            check=False,
        )
        printed = f"$ {command}\n{ran.stdout}{ran.stderr}"
        assert is_printed(said.splitlines(), ran.stdout, ran.stderr), printed


def test_the_exit_codes_are_all_there() -> None:
    _, _, table = CLI.read_text().partition("| exit | when |")

    assert [int(code) for code in re.findall(r"^\| (\d+) \|", table, re.MULTILINE)] == [*Exit]


@pytest.mark.parametrize(
    ("said", "is_so"),
    [
        (["a  1", "e"], True),
        (["e", "a 1"], True),
        (["a 2", "e"], False),
        (["a 1"], False),
        (["a …", "e"], True),
        (["…", "a 1", "e"], True),
        (["e", "…"], True),
        (["a 1", "…"], False),
        (["e", "a 1", "b"], False),
    ],
)
def test_what_is_said_is_compared(said: list[str], is_so: bool) -> None:
    assert is_printed(said, "a 1\n", "e\n") is is_so


def is_printed(said: list[str], out: str, err: str) -> bool:
    """Whether both streams, each in its order, are what is said; `…` is any lines of stdout."""
    left = [deque(out.splitlines()), deque(err.splitlines())]
    is_gap = False
    for line in said:
        if line == "…":
            is_gap = True
            continue
        while is_gap and left[0] and not _is_like(line, left[0][0]):
            left[0].popleft()
        stream = next((lines for lines in left if lines and _is_like(line, lines[0])), None)
        if stream is None:
            return False
        stream.popleft()
        is_gap = False
    return not left[1] and (is_gap or not left[0])


def _is_like(said: str, printed: str) -> bool:
    """Whether a line is what is said, but for what differs, `…`, and the width of columns."""
    parts = re.split(rf"(…|{'|'.join(ANY)}|\s+)", said.rstrip())
    pattern = "".join(map(_pattern, parts))
    return re.fullmatch(pattern, printed.rstrip()) is not None


def _pattern(part: str) -> str:
    if part == "…":
        return ".*"
    if part.isspace():
        return r"\s+"
    return next((each for each in ANY if re.fullmatch(each, part)), re.escape(part))
