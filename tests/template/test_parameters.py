"""Each parameter says what it is, has a default that works, and refuses what does not."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.template.documents import CORE, MODEL, TEMPLATES, Template, load
from tests.template.resolution import Resolved

if TYPE_CHECKING:
    from pathlib import Path

PARAMETERS = [
    pytest.param(name, given, id=f"{path.stem}-{name}")
    for path in TEMPLATES
    for name, given in load(path)["Parameters"].items()
]
UNITS = {  # the end of a name, and what its description must say
    "Seconds": "second",
    "Days": "day",
    "MiB": "MiB",
    "Ms": "millisecond",
    "Minutes": "minute",
    "Usd": "dollar",
    "Cpu": "1/1024 vCPU",
    "Rate": "per second",
}
PASSED_ON = {  # parameter of the core: parameter of the default model's stack
    "ModelDigest": "ModelDigest",
    "WorkerImage": "WorkerImage",
    "ModelCpu": "Cpu",
    "ModelMemoryMiB": "MemoryMiB",
    "ModelMinTasks": "MinTasks",
    "ModelMaxTasks": "MaxTasks",
    "ModelKeepTasks": "KeepTasks",
    "ModelTargetLatencySeconds": "TargetLatencySeconds",
    "ModelStartupSeconds": "StartupSeconds",
    "ModelIdleMinutes": "IdleMinutes",
    "ModelLeaseSeconds": "LeaseSeconds",
    "ModelMaxAttempts": "MaxAttempts",
    "ModelMaxBatch": "MaxBatch",
    "LogRetentionDays": "LogRetentionDays",
}
QUEUE = "arn:aws:sqs:eu-central-1:111122223333:results"
FARGATE = {  # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-cpu-memory-error.html
    256: [512, 1024, 2048],
    512: range(1024, 4096 + 1, 1024),
    1024: range(2048, 8192 + 1, 1024),
    2048: range(4096, 16384 + 1, 1024),
    4096: range(8192, 30720 + 1, 1024),
    8192: range(16384, 61440 + 1, 4096),
    16384: range(32768, 122880 + 1, 8192),
}


def _limits(given: dict[str, Any]) -> dict[str, Any]:
    names = ("AllowedValues", "AllowedPattern", "MinValue", "MaxValue")
    return {name: given[name] for name in names if name in given}


@pytest.mark.parametrize(("name", "given"), PARAMETERS)
def test_a_parameter_has_description_default_and_limits(name: str, given: dict[str, Any]) -> None:
    assert len(given["Description"]) > 10
    assert "Default" in given
    limits = _limits(given).keys()
    assert limits & {"AllowedValues", "AllowedPattern"} or limits == {"MinValue", "MaxValue"}


@pytest.mark.parametrize(("name", "given"), PARAMETERS)
def test_a_default_keeps_its_own_limits(name: str, given: dict[str, Any]) -> None:
    default = given["Default"]

    if "AllowedValues" in given:
        assert default in given["AllowedValues"]
    if "AllowedPattern" in given:
        assert re.fullmatch(given["AllowedPattern"], default)
    if "MinValue" in given:
        assert given["MinValue"] <= default <= given["MaxValue"]


@pytest.mark.parametrize(("name", "given"), PARAMETERS)
def test_a_number_says_its_unit(name: str, given: dict[str, Any]) -> None:
    for end, unit in UNITS.items():
        if name.endswith(end):
            assert unit in given["Description"]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_each_parameter_stands_in_one_group(path: Path) -> None:
    template = load(path)
    groups = template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]

    grouped = [name for group in groups for name in group["Parameters"]]

    assert sorted(grouped) == sorted(template["Parameters"])


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_the_sections_stand_in_the_order_of_the_grammar(path: Path) -> None:
    order = ["AWSTemplateFormatVersion", "Transform", "Description", "Metadata", "Parameters",
             "Rules", "Conditions", "Globals", "Resources", "Outputs"]  # fmt: skip
    sections = list(load(path))

    assert sections == [name for name in order if name in sections]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_each_condition_begins_with_has_and_is_used(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    if path == CORE:
        text += (CORE.parent / "api" / "openapi.yaml").read_text(encoding="utf-8")

    for name in load(path)["Conditions"]:
        assert name.startswith("Has")
        assert len(re.findall(rf"\b{name}\b", text)) > 1, f"{name} is used nowhere"


@pytest.mark.parametrize(("outer", "inner"), PASSED_ON.items())
def test_what_the_core_passes_on_has_the_models_limits(
    outer: str, inner: str, core: Template, model: Template
) -> None:
    passed = core["Resources"]["DefaultModel"]["Properties"]["Parameters"]

    assert passed[inner] == {"Ref": outer}
    assert _limits(core["Parameters"][outer]) == _limits(model["Parameters"][inner])
    assert core["Parameters"][outer]["Default"] == model["Parameters"][inner]["Default"]


@pytest.mark.parametrize("name", ["DefaultModel", "Network"])
def test_nested_stacks_get_parameters_that_they_have(name: str, core: Template) -> None:
    stack = core["Resources"][name]["Properties"]
    nested = load(CORE.parent / stack["TemplateURL"])

    assert stack["Parameters"].keys() <= nested["Parameters"].keys()


def test_fargate_takes_every_size_that_the_rules_let_through(model: Template) -> None:
    sizes = [512, *range(1024, 122880 + 1, 1024)]
    let_through = {
        cpu: [
            memory
            for memory in sizes
            if not Resolved(model, Cpu=str(cpu), MemoryMiB=str(memory)).broken_rules()
        ]
        for cpu in model["Parameters"]["Cpu"]["AllowedValues"]
    }

    assert let_through == {cpu: list(memories) for cpu, memories in FARGATE.items()}


@pytest.mark.parametrize(
    "given",
    [
        {"NetworkMode": "existing"},
        {"NetworkMode": "existing", "VpcId": "vpc-12345678"},
        {"NetworkMode": "existing", "SubnetIds": "subnet-12345678"},
        {"NetworkMode": "public", "VpcId": "vpc-12345678"},
        {"NetworkMode": "private-nat", "SubnetIds": "subnet-12345678"},
    ],
)
def test_a_network_named_by_half_is_refused(given: dict[str, str], core: Template) -> None:
    assert Resolved(core, **given).broken_rules()


@pytest.mark.parametrize(
    "arns",
    [
        "",
        QUEUE,
        f"{QUEUE},arn:aws:s3:::results/acme/*",
        "arn:aws:sqs:*:*:*",
        "arn:aws:sns:eu-central-?:1111*:results.fifo",
        "arn:aws:events:eu-central-1:111122223333:event-bus/aws.partner/example.com/1",
        "arn:aws-cn:s3:::*/*",
        f"{QUEUE}-{{tenant}},{QUEUE}-{{tenant}}.fifo",
        "arn:aws:events:eu-central-1:111122223333:event-bus/{tenant}",
        "arn:aws:s3:::results/{tenant}/*",
    ],
)
def test_arns_are_allowed_as_iam_would_have_them(arns: str) -> None:
    assert re.fullmatch(load(CORE)["Parameters"]["AllowedDestinationArns"]["AllowedPattern"], arns)


@pytest.mark.parametrize(
    "arns",
    [
        "*",
        "arn:aws:*",
        "results",
        "https://example.com/",
        f"{QUEUE},",
        f",{QUEUE}",
        f"{QUEUE}, {QUEUE}",
        "arn:aws:lambda:eu-central-1:111122223333:function:f",
        "arn:aws:iam::111122223333:role/r",
        "arn:aws:s3:::results",
        "arn:aws:s3:::results/acme/",
        "arn:aws:s3:::results/${aws:username}/*",
        "arn:aws:s3:::results/{user}/*",
        "arn:aws:s3:::results/{tenant/*",
        "arn:aws:s3:::{tenant}/*",
        f"{QUEUE}-{{Tenant}}",
        "arn:aws:sqs:eu-central-1:{tenant}:results",
    ],
)
def test_what_iam_would_read_in_another_way_is_no_destinations_arn(arns: str) -> None:
    """A prefix without its star would be allowed to callers, and to the one who delivers not."""
    pattern = load(CORE)["Parameters"]["AllowedDestinationArns"]["AllowedPattern"]

    assert not re.fullmatch(pattern, arns)


@pytest.mark.parametrize("name", ["default", "a", "m-1", "dlq", "m-dlq", "a" * 39])
def test_a_models_name_is_taken(name: str) -> None:
    assert re.fullmatch(load(MODEL)["Parameters"]["ModelName"]["AllowedPattern"], name)


@pytest.mark.parametrize("name", ["", "-a", "A", "a_b", "a" * 40, "a\n"])
def test_a_models_name_is_refused(name: str) -> None:
    assert not re.fullmatch(load(MODEL)["Parameters"]["ModelName"]["AllowedPattern"], name)
