"""What `make` makes of the words it is given."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.template.documents import ROOT

if TYPE_CHECKING:
    from pathlib import Path

DONE = ("--silent", "--assume-old=setup", "--assume-old=model", "--assume-old=.venv/ready")
OURS = {"NAME", "STACK", "ENV", "MODEL", "PROBE", "PARAMETERS", "LOCAL_DIR", "MAKEFLAGS"}


def _make(*words: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name not in OURS}
    environment["AWS_DEFAULT_REGION"] = "eu-central-1"
    return subprocess.run(
        ["make", *DONE, *words],
        cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        check=False,
    )  # fmt: skip


@pytest.mark.parametrize("target", ["delete", "deploy-model", "deploy"])
@pytest.mark.parametrize("word", ["STACK", "ENV"])
def test_an_empty_word_is_not_the_default(target: str, word: str) -> None:
    ended = _make("-n", target, f"{word}=", *(["NAME=shout"] if target == "deploy-model" else []))

    assert ended.returncode != 0
    assert f"{word} is empty" in ended.stderr


def test_an_empty_name_is_not_the_core() -> None:
    ended = _make("-n", "delete", "NAME=", "YES=1")

    assert ended.returncode != 0
    assert "NAME is empty" in ended.stderr
    assert "deploy delete" not in ended.stdout


def test_without_a_name_it_is() -> None:
    assert "-m deploy delete --env default --yes" in _make("-n", "delete", "YES=1").stdout


def test_a_quote_reaches_the_manifest(tmp_path: Path) -> None:
    probe = {"text": 'isn\'t "it"?'}
    (tmp_path / "shout.py").write_text("")

    ended = _make(
        "describe", f"MODEL={tmp_path}", "ENTRYPOINT=shout:Shout", f"PROBE={json.dumps(probe)}"
    )

    assert ended.returncode == 0, ended.stderr
    assert json.loads((tmp_path / "manifest.json").read_text())["probe"] == probe


def test_parameters_are_handed_on_as_they_are() -> None:
    ended = _make("deploy-model", "NAME=shout", 'PARAMETERS=Nope="isn\'t" MaxTasks=0')

    assert "model.yaml has no parameter Nope" in ended.stdout
    assert "MaxTasks=0 must be from 1 to 1000" in ended.stdout


@pytest.mark.parametrize("jobs", ["0", "-5", "abc"])
def test_a_burst_of_no_number_is_refused_at_once(jobs: str) -> None:
    ended = _make("demo-burst", f"JOBS={jobs}")

    assert ended.returncode == 2
    assert f"JOBS={jobs} is not a number from 1 to " in ended.stderr
    assert not ended.stdout


@pytest.mark.parametrize(
    ("words", "why"),
    [(["describe"], "say which folder"), (["describe", "MODEL=nope"], "there is no folder nope")],
)
def test_a_model_that_is_not_there_is_told(words: list[str], why: str) -> None:
    ended = _make(*words)

    assert ended.returncode != 0
    assert why in ended.stderr


def test_a_tenant_is_the_running_systems_unless_a_stack_is_named(tmp_path: Path) -> None:
    words = ("-n", "tenant", "NAME=acme", f"LOCAL_DIR={tmp_path}")
    assert "--stack spillway" in _make(*words).stdout

    (tmp_path / "endpoint.json").write_text("{}")

    assert "--stack" not in _make(*words).stdout
    assert '--stack "mine"' in _make(*words, "STACK=mine").stdout
