"""Parameters as the operator writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from deploy import core, further, parameters
from deploy.failure import DeployFailed
from tests.template.documents import CORE, MODEL, load

if TYPE_CHECKING:
    from pathlib import Path


def test_a_line_is_names_and_values() -> None:
    said = parameters.split('Cpu=2048 SubnetIds=subnet-1,subnet-2 AlarmEmail="" Uri=s3://a/?x=1')

    assert said == {
        "Cpu": "2048",
        "SubnetIds": "subnet-1,subnet-2",
        "AlarmEmail": "",
        "Uri": "s3://a/?x=1",
    }


def test_the_later_of_two_counts() -> None:
    assert parameters.split("MaxTasks=1 MaxTasks=9") == {"MaxTasks": "9"}


@pytest.mark.parametrize("text", ["Cpu", "=1", "Cpu 2048", "Max-Tasks=1", '"Cpu=1'])
def test_any_other_form_is_refused(text: str) -> None:
    with pytest.raises(DeployFailed, match="PARAMETERS: "):
        parameters.split(text)


@pytest.mark.parametrize("template", [CORE, MODEL], ids=lambda path: path.name)
def test_the_parameters_are_read_past_the_tags(template: Path) -> None:
    assert parameters.declared(template) == load(template)["Parameters"]


def test_a_name_that_the_template_lacks_is_refused() -> None:
    """Sam itself passes over it, and the operator believes it set."""
    with pytest.raises(DeployFailed, match=r"template\.yaml has no parameter ModelMinTask$"):
        parameters.check({"ModelMinTask": "1"}, CORE, own=core.OWN)


def test_what_the_command_sets_itself_is_told_otherwise() -> None:
    with pytest.raises(DeployFailed, match="WorkerImage is set by IMAGE=<uri>"):
        parameters.check({"WorkerImage": "x"}, CORE, own=core.OWN)


def test_all_faults_are_named_at_once() -> None:
    with pytest.raises(DeployFailed) as failure:
        parameters.check({"CoreStack": "a", "Cpus": "1", "Cpu": "256"}, MODEL, own=further.OWN)

    assert "CoreStack" in str(failure.value)
    assert "Cpus" in str(failure.value)
    assert "Cpu " not in str(failure.value)


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("MaxTasks", "99999999", "must be from 1 to 1000"),
        ("MaxTasks", "0", "must be from 1 to 1000"),
        ("MaxTasks", "", "must be a number"),
        ("MaxTasks", "nan", "must be from 1 to 1000"),
        ("Cpu", "300", "must be one of 256, 512"),
        ("ModelUri", "https://a/b/", "must be empty or look like s3://bucket/prefix/"),
        ("SidecarImage", "a b", "must match"),
    ],
)
def test_a_value_beyond_the_templates_limits_is_refused(name: str, value: str, why: str) -> None:
    """CloudFormation refuses it too, once the model's files are uploaded."""
    with pytest.raises(DeployFailed) as failure:
        parameters.check({name: value, "Cpus": "1"}, MODEL, own=further.OWN)

    assert f"{name}={value} {why}" in str(failure.value)
    assert "no parameter Cpus" in str(failure.value)


@pytest.mark.parametrize("template", [CORE, MODEL], ids=lambda path: path.name)
def test_every_default_is_within_its_limits(template: Path) -> None:
    defaults = {
        name: str(said["Default"])
        for name, said in load(template)["Parameters"].items()
        if "Default" in said
    }

    parameters.check(defaults, template, own={})


def test_the_release_follows_the_code_alone() -> None:
    with pytest.raises(DeployFailed, match=r"EnqueueRelease is set by the code of api/enqueue\.py"):
        parameters.check({"EnqueueRelease": "mine"}, CORE, own=core.OWN)
