"""A section of samconfig.toml as a value."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from deploy import stage
from deploy.failure import DeployFailed
from deploy.stage import Stage
from tests.template.documents import ROOT

if TYPE_CHECKING:
    from pathlib import Path


def _written(folder: Path, text: str) -> Path:
    (folder / stage.FILE).write_text(f"version = 0.1\n{text}", encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("name", "stack", "confirms"),
    [
        ("default", "spillway", False),
        ("dev", "spillway-dev", False),
        ("prod", "spillway-prod", True),
    ],
)
def test_the_sections_of_this_repository(name: str, stack: str, confirms: bool) -> None:
    read = stage.read(ROOT, name)

    assert (read.name, read.stack, read.confirms) == (name, stack, confirms)


def test_a_sections_parameters_are_read() -> None:
    assert stage.read(ROOT, "default").parameters == {}
    assert stage.read(ROOT, "prod").parameters["DeletionProtection"] == "true"


def test_another_stack_may_be_named() -> None:
    assert stage.read(ROOT, "dev", "mine").stack == "mine"


def test_an_unknown_section_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(DeployFailed, match=r"ENV=staging: .* only default, dev, prod$"):
        stage.read(ROOT, "staging")


def test_a_region_and_a_profile_may_stand_in_the_file(tmp_path: Path) -> None:
    folder = _written(
        tmp_path,
        """
        [eu.global.parameters]
        stack_name = "far"
        region = "eu-west-1"
        [eu.deploy.parameters]
        profile = "work"
        parameter_overrides = 'A=1 B="two words"'
        """,
    )

    assert stage.read(folder, "eu") == Stage(
        name="eu",
        stack="far",
        parameters={"A": "1", "B": "two words"},
        region="eu-west-1",
        profile="work",
    )


@pytest.mark.parametrize("listed", ["'A=1 B=two'", '["A=1", "B=two"]', '{ A = 1, B = "two" }'])
def test_parameters_are_read_in_every_form_that_sam_reads(tmp_path: Path, listed: str) -> None:
    folder = _written(tmp_path, f"[x.deploy.parameters]\nparameter_overrides = {listed}\n")

    assert stage.read(folder, "x", "s").parameters == {"A": "1", "B": "two"}


def test_a_section_without_a_stack_needs_one(tmp_path: Path) -> None:
    folder = _written(tmp_path, "[bare.deploy.parameters]\nresolve_s3 = true\n")

    with pytest.raises(DeployFailed, match="STACK="):
        stage.read(folder, "bare")
    assert stage.read(folder, "bare", "given").stack == "given"
