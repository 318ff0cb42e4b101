"""Parameters as the operator writes them, for AWS and for this machine alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.template.documents import CORE, MODEL, load
from tools import parameters

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
    with pytest.raises(ValueError, match=r"^PARAMETERS: "):
        parameters.split(text)


@pytest.mark.parametrize("template", [CORE, MODEL], ids=lambda path: path.name)
def test_the_parameters_are_read_past_the_tags(template: Path) -> None:
    assert parameters.declared(template) == load(template)["Parameters"]


def test_a_name_that_the_template_lacks_is_refused() -> None:
    """Sam itself passes over it, and the operator believes it set."""
    assert list(parameters.faults({"ModelMinTask": "1", "ModelMinTasks": "1"}, CORE)) == [
        "template.yaml has no parameter ModelMinTask"
    ]


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
    lacking, fault = parameters.faults({name: value, "Cpus": "1"}, MODEL)

    assert fault.startswith(f"{name}={value} {why}")
    assert lacking == "model.yaml has no parameter Cpus"


@pytest.mark.parametrize(
    ("count", "faults"),
    [(43, []), (44, ["must have at most 1900 characters, has 1935"])],
)
def test_a_text_beyond_the_templates_length_is_refused(count: int, faults: list[str]) -> None:
    value = ",".join(["arn:aws:sqs:eu-central-1:111122223333:queue"] * count)

    found = parameters.faults({"AllowedDestinationArns": value}, CORE)

    assert [fault.removeprefix(f"AllowedDestinationArns={value} ") for fault in found] == faults


QUEUE = "arn:aws:sqs:eu-central-1:111122223333:queue"


@pytest.mark.parametrize(
    ("value", "named"),
    [
        (f"{QUEUE},arn:aws:s3:::bucket/in/,{QUEUE}", "arn:aws:s3:::bucket/in/"),
        (f"arn:aws:s3:::bucket,{QUEUE},topic", "arn:aws:s3:::bucket,topic"),
        ("arn:aws:s3:::bucket", "arn:aws:s3:::bucket"),
        (f"{QUEUE},", f"{QUEUE},"),
    ],
)
def test_what_is_wrong_within_a_list_is_named_alone(value: str, named: str) -> None:
    [fault] = parameters.faults({"AllowedDestinationArns": value}, CORE)

    assert fault.startswith(f"AllowedDestinationArns={named} must be ")
    assert "arn:aws:s3:::bucket/prefix/*, its star at the end" in fault


@pytest.mark.parametrize("template", [CORE, MODEL], ids=lambda path: path.name)
def test_every_default_is_within_its_limits(template: Path) -> None:
    given = {
        name: value
        for name, value in parameters.defaults(template).items()
        if "Default" in load(template)["Parameters"][name]
    }

    assert not list(parameters.faults(given, template))
    assert not list(parameters.crossed(given, {}))


@pytest.mark.parametrize("prefix", ["", "Model"])
def test_more_tasks_at_least_than_at_most_are_refused(prefix: str) -> None:
    low, high = f"{prefix}MinTasks", f"{prefix}MaxTasks"

    assert list(parameters.crossed({low: "10", high: "9"}, {high: "the default"})) == [
        f"{low}=10 is above {high}=9 (the default)"
    ]
    assert not list(parameters.crossed({low: "9", high: "9"}, {}))


@pytest.mark.parametrize("values", [{"MinTasks": "5"}, {"MaxTasks": "5"}, {"MinTasks": "x"}, {}])
def test_a_number_alone_is_above_nothing(values: dict[str, str]) -> None:
    assert not list(parameters.crossed(values, {}))


@pytest.mark.parametrize("template", [CORE, MODEL], ids=lambda path: path.name)
def test_the_templates_name_their_range_so(template: Path) -> None:
    declared = parameters.declared(template)

    assert any(low in declared and high in declared for low, high in parameters.RANGES)
