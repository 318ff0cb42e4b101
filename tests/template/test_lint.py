"""The tools that know CloudFormation have nothing to say against the templates."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.template.documents import ROOT, TEMPLATES

if TYPE_CHECKING:
    from tests.template.documents import Template

STAGES = {"default": "spillway", "dev": "spillway-dev", "prod": "spillway-prod"}


def _sam() -> str | None:
    own = ROOT / ".sam" / "bin" / "sam"
    return str(own) if own.is_file() else shutil.which("sam")


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_cfn_lint_finds_nothing(path: Path) -> None:
    cfn_lint = Path(sys.executable).with_name("cfn-lint")

    done = subprocess.run([cfn_lint, path], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr


def test_sam_validates_the_core() -> None:
    sam = _sam()
    if sam is None:
        pytest.skip("sam is not installed: `make setup` brings it, and then this test runs")
    environment = {**os.environ, "SAM_CLI_TELEMETRY": "0", "AWS_DEFAULT_REGION": "eu-central-1"}

    done = subprocess.run(
        [sam, "validate", "--lint", "--template-file", str(ROOT / "template.yaml")],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env=environment,
    )

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(("stage", "stack"), STAGES.items())
def test_samconfig_deploys_each_stage(stage: str, stack: str, core: Template) -> None:
    config = tomllib.loads((ROOT / "samconfig.toml").read_text(encoding="utf-8"))[stage]
    deploy = config["deploy"]["parameters"]
    overrides = dict(text.split("=", 1) for text in deploy.get("parameter_overrides", []))

    assert config["global"]["parameters"]["stack_name"] == stack
    assert {"CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"} <= set(deploy["capabilities"])
    assert deploy["resolve_s3"]
    assert overrides.keys() <= core["Parameters"].keys()


def test_samconfig_sets_nothing_that_no_command_reads() -> None:
    config = tomllib.loads((ROOT / "samconfig.toml").read_text(encoding="utf-8"))
    stages = {name: given for name, given in config.items() if name != "version"}

    assert stages.keys() == STAGES.keys()
    for given in stages.values():
        assert given.keys() == {"global", "build", "deploy"}


def test_samconfig_names_no_account_and_no_region() -> None:
    text = (ROOT / "samconfig.toml").read_text(encoding="utf-8")

    assert "region =" not in text
    assert "profile =" not in text
    assert "arn:" not in text


@pytest.mark.parametrize("extra", ["api", "delivery"])
def test_a_layer_of_dependencies_has_the_locked_versions(extra: str) -> None:
    # Given what the layer is built from and what the lock file says
    path = ROOT / extra / "dependencies/requirements.txt"
    lines = path.read_text(encoding="utf-8").splitlines()
    pins = dict(line.split("==") for line in lines if line and not line.startswith("#"))
    packages = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))["package"]
    locked = {package["name"]: package for package in packages}

    # Then it holds all that the extra of its name needs, at those versions
    needed, found = list(locked["spillway"]["optional-dependencies"][extra]), set[str]()
    while needed:
        need = needed.pop()
        package = locked[need["name"]]
        needed += [more for chosen in need.get("extra", []) for more in _chosen(package, chosen)]
        if need["name"] not in found | {"boto3"}:
            found.add(need["name"])
            needed += package.get("dependencies", [])
    assert pins == {name: locked[name]["version"] for name in found}


def _chosen(package: dict[str, Any], extra: str) -> list[dict[str, Any]]:
    chosen: list[dict[str, Any]] = package["optional-dependencies"][extra]
    return chosen
