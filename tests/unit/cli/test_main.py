"""The script, where it has all that it needs and where it has not."""

from __future__ import annotations

import subprocess
import sys

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
    assert ran.stderr == f"spillway: {package} is missing: pip install 'spillway[cli]'\n"


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
