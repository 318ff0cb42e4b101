"""`import spillway` costs a function nothing; a caller finds everything there all the same."""

from __future__ import annotations

import subprocess
import sys
from importlib import metadata

import pytest

import spillway
from spillway import client


def test_a_function_does_not_pay_for_the_client() -> None:
    code = "import sys, spillway, spillway.errors; print('urllib3' in sys.modules)"

    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert told.stdout == "False\n"


def test_all_that_a_caller_needs_is_in_the_package() -> None:
    assert spillway.__all__ == client.__all__
    for name in spillway.__all__:
        assert getattr(spillway, name) is getattr(client, name)


def test_what_is_not_there_is_missed_as_ever() -> None:
    with pytest.raises(AttributeError, match="module 'spillway' has no attribute 'nothing'"):
        spillway.nothing  # type: ignore[attr-defined] # noqa: B018 - reading it is the test


def test_all_that_is_there_is_listed() -> None:
    assert {*client.__all__, "__version__", "__doc__"} <= set(dir(spillway))


def test_the_version_is_the_one_that_is_installed() -> None:
    assert spillway.__version__ == metadata.version("spillway")


def test_code_that_is_not_installed_has_no_version(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", missing)

    assert not hasattr(spillway, "__version__")
