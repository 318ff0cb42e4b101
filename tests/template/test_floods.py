"""What makes the stack ready for a flood, and that none of it is there unasked."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.template.documents import CORE, load
from tests.template.resolution import Resolved

if TYPE_CHECKING:
    from tests.template.documents import Template

PROVISIONED = {"EnqueueProvisionedConcurrency": "100", "EnqueueRelease": "0123abc"}
SNAPSHOT = {"EnqueueSnapStart": "true", "EnqueueRelease": "0123abc"}
ALIAS, FUNCTION = {"Ref": "EnqueueAlias"}, {"Fn::GetAtt": ["EnqueueFunction", "Arn"]}
NAMED_BY_THE_RELEASE = {"AllowedDestinationArns"}
"""Longer than a description may be: whoever deploys with another list names another release."""
NOT_IN_A_VERSION = {"ReservedConcurrentExecutions"}
"""What a function has once, for all its versions."""


def _target(stack: Resolved) -> str:
    """What POST /jobs goes to."""
    operation = stack.properties("Api")["Body"]["paths"]["/jobs"]["post"]
    uri = operation["x-amazon-apigateway-integration"]["uri"]["Fn::Sub"]
    return str(re.search(r"functions/(.*)/invocations", uri)[1])  # type: ignore[index]


def test_nothing_stands_ready_unasked(core_transformed: Template) -> None:
    stack = Resolved(core_transformed)

    assert stack.of_type("AWS::Lambda::Version", "AWS::Lambda::Alias") == {}
    assert _target(stack) == "${EnqueueFunction.Arn}"
    assert stack.properties("EnqueuePermission")["FunctionName"] == FUNCTION
    assert stack.properties("EnqueueFunction")["SnapStart"] == {"ApplyOn": "None"}
    assert "WarmThroughput" not in json.dumps(stack.properties("JobsTable"))


@pytest.mark.parametrize("given", [PROVISIONED, SNAPSHOT])
def test_requests_go_to_what_stands_ready(
    given: dict[str, str], core_transformed: Template
) -> None:
    stack = Resolved(core_transformed, **given)

    assert _target(stack) == "${EnqueueAlias}"
    assert stack.properties("EnqueuePermission")["FunctionName"] == ALIAS
    version = {"Fn::GetAtt": ["EnqueueVersion", "Version"]}
    assert stack.properties("EnqueueAlias")["FunctionVersion"] == version
    assert stack.broken_rules() == []
    assert stack.dangling() == set()


def test_environments_stand_ready_where_asked(core_transformed: Template) -> None:
    stack = Resolved(core_transformed, **PROVISIONED)

    config = stack.properties("EnqueueAlias")["ProvisionedConcurrencyConfig"]
    assert config == {"ProvisionedConcurrentExecutions": "100"}
    assert stack.properties("EnqueueFunction")["SnapStart"] == {"ApplyOn": "None"}


def test_a_snapshot_is_taken_where_asked(core_transformed: Template) -> None:
    stack = Resolved(core_transformed, **SNAPSHOT)

    assert stack.properties("EnqueueFunction")["SnapStart"] == {"ApplyOn": "PublishedVersions"}
    assert "ProvisionedConcurrencyConfig" not in stack.properties("EnqueueAlias")


def test_whatever_changes_in_the_function_makes_a_version(core: Template) -> None:
    # Given the parameters that the function, the globals included, is made of
    own = core["Resources"]["EnqueueFunction"]["Properties"]
    versioned = {name: value for name, value in own.items() if name not in NOT_IN_A_VERSION}
    made_of = set(_parameters([versioned, core["Globals"]["Function"]], core))

    # Then the description, which alone replaces a version, names each, and the code
    named = core["Resources"]["EnqueueVersion"]["Properties"]["Description"]["Fn::Sub"]
    assert made_of - NAMED_BY_THE_RELEASE <= set(re.findall(r"\$\{(\w+)\}", named))
    assert "${CoreLayer}" in named
    assert "${EnqueueRelease}" in named


def test_whatever_makes_a_version_changes_the_function(core: Template) -> None:
    # Lambda publishes no version of a function that has not changed, and the deploy fails.
    text = json.dumps([core["Resources"]["EnqueueFunction"], core["Globals"]])
    named = core["Resources"]["EnqueueVersion"]["Properties"]["Description"]["Fn::Sub"]

    for name in re.findall(r"\$\{(\w+)\}", named):
        assert f'"{name}"' in text or f"${{{name}}}" in text or f'"Has{name}"' in text


def test_a_versions_description_is_not_too_long(core_transformed: Template) -> None:
    longest = {"EnqueueRelease": "r" * 64, "BacklogLimit": "1000000000",
               "EnqueueMemoryMiB": "10240", "EnqueueProvisionedConcurrency": "1"}  # fmt: skip
    layer = "arn:aws-us-gov:lambda:us-gov-west-1:111122223333:layer:CoreLayer:100000"
    described = Resolved(core_transformed, **longest).properties("EnqueueVersion")["Description"]

    assert len(re.sub(r"\$\{CoreLayer\w*\}", layer, described["Fn::Sub"])) <= 256


@pytest.mark.parametrize(
    "given",
    [
        {"EnqueueProvisionedConcurrency": "100"},
        {"EnqueueSnapStart": "true"},
        {**PROVISIONED, "EnqueueSnapStart": "true"},
    ],
)
def test_what_lambda_would_refuse_is_refused_before(given: dict[str, str], core: Template) -> None:
    assert Resolved(core, **given).broken_rules()


def test_a_name_alone_makes_nothing_ready(core_transformed: Template) -> None:
    stack = Resolved(core_transformed, EnqueueRelease="0123abc")

    assert stack.of_type("AWS::Lambda::Version") == {}
    assert stack.properties("EnqueueFunction")["Description"] == "Takes a job in"


def test_the_table_and_each_index_are_warm_where_asked(core_transformed: Template) -> None:
    warm = {"JobsTableWarmWrites": "40000", "JobsTableWarmReads": "20000"}

    table = Resolved(core_transformed, **warm).properties("JobsTable")

    assert table["WarmThroughput"] == {
        "WriteUnitsPerSecond": "40000",
        "ReadUnitsPerSecond": "20000",
    }
    for index in table["GlobalSecondaryIndexes"]:
        assert index["WarmThroughput"] == {"WriteUnitsPerSecond": "40000"}


@pytest.mark.parametrize(
    ("parameter", "unit"),
    [("JobsTableWarmWrites", "WriteUnitsPerSecond"), ("JobsTableWarmReads", "ReadUnitsPerSecond")],
)
def test_what_is_not_asked_for_is_left_to_dynamodb(
    parameter: str, unit: str, core_transformed: Template
) -> None:
    table = Resolved(core_transformed, **{parameter: "30000"}).properties("JobsTable")

    assert table["WarmThroughput"] == {unit: "30000"}


@pytest.mark.parametrize(
    ("name", "least"), [("JobsTableWarmWrites", 4_000), ("JobsTableWarmReads", 12_000)]
)
def test_a_table_is_not_asked_to_be_colder_than_it_is(name: str, least: int) -> None:
    pattern = load(CORE)["Parameters"][name]["AllowedPattern"]
    taken = [number for number in range(100_001) if re.fullmatch(pattern, str(number))]

    assert taken == [0, *range(least, 100_001)]


def _parameters(node: Any, core: Template) -> list[str]:
    """The names of the parameters that something is made of, conditions included."""
    text = json.dumps(node)
    return [
        name
        for name in core["Parameters"]
        if f'{{"Ref": "{name}"}}' in text or f"${{{name}}}" in text or f'"Has{name}"' in text
    ]
