"""The script, where it has all that it needs and where it has not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from spillway_cli.program import COMMANDS

WITHOUT = (
    "import sys; sys.modules[{!r}] = None; from spillway_cli.__main__ import main; sys.exit(main())"
)


def python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("package", ["click", "rich"])
def test_without_its_packages_it_says_what_to_install(package: str) -> None:
    ran = python(WITHOUT.format(package))

    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr == (
        f"spillway: {package} is missing: "
        "pip install 'spillway[cli]', in a checkout pip install '.[cli]'\n"
    )


def test_another_package_that_is_missing_is_no_matter_of_extras() -> None:
    assert "ModuleNotFoundError" in python(WITHOUT.format("urllib3")).stderr


def test_a_call_of_the_api_takes_no_library_of_aws() -> None:
    code = (
        "import sys\n"
        "from spillway_cli.program import spillway\n"
        "spillway(['submit', '--help'], standalone_mode=False)\n"
        "print('botocore' in sys.modules)"
    )

    assert python(code).stdout.endswith("\nFalse\n")


def test_the_help_lists_each_command() -> None:
    told = python("from spillway_cli.program import spillway; spillway(['--help'])").stdout

    listed = [line.split()[0] for line in told.partition("Commands:\n")[2].splitlines()]
    assert listed == list(COMMANDS)


def spillway(*arguments: str, redirected: str) -> subprocess.CompletedProcess[str]:
    """Run the script as a shell does with this behind it."""
    script = f'exec "$0" -m spillway_cli "$@" {redirected}'
    command = ["sh", "-c", script, sys.executable, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


HERE = ("--url=http://127.0.0.1:1", "--key=acme.secret")


@pytest.mark.parametrize(
    ("arguments", "redirected", "said"),
    [
        (["submit", "-", *HERE], "<&-", "standard input is closed"),
        (["submit", "--file=-", *HERE], "<&-", "standard input is closed"),
        (["submit", "1", *HERE], ">&-", "standard output is closed"),
        (["--help"], ">/dev/full", "No space left on device"),
    ],
)
def test_a_stream_that_is_of_no_use_is_one_line_and_exit_8(
    arguments: list[str], redirected: str, said: str
) -> None:
    ran = spillway(*arguments, redirected=redirected)

    assert (ran.returncode, ran.stderr) == (8, f"spillway: {said}\n")


PRINTS = """
import click
from spillway_cli.output import Output
from spillway_cli.program import COMMANDS, spillway

@click.command()
def shown():
    {}

COMMANDS["get"] = "__main__:shown"
spillway(["get"])
"""


@pytest.mark.parametrize(
    "prints",
    ["Output().json(1)", "Output().line('1')", "Output().rows(('a',), [{}], lambda _: (1,))"],
)
def test_a_result_that_finds_no_room_is_one_line_and_exit_8(prints: str) -> None:
    with Path("/dev/full").open("w") as full:
        ran = subprocess.run(
            [sys.executable, "-c", PRINTS.format(prints)],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )

    assert (ran.returncode, ran.stderr) == (8, "spillway: No space left on device\n")
