"""Each alarm and each line of the dashboard shows something that exists, and leads somewhere."""

from __future__ import annotations

import json
import logging
import re
from typing import TYPE_CHECKING, Any

import pytest

from delivery import deliverer
from spillway import log
from spillway.job import Status
from tests.template import metrics
from tests.template.documents import CORE as CORE_PATH
from tests.template.documents import MODEL, ROOT, load, load_openapi
from tests.template.resolution import PSEUDO, Resolved, packaged
from tests.unit.core.jobs import job

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.template.documents import Node

CORE = Resolved(packaged(load(CORE_PATH)))
DEFAULT_MODEL = Resolved(load(MODEL), AlarmTopicArn="arn:aws:sns:eu-central-1:111122223333:alarms")
RUNBOOK = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
ALARMS = [
    pytest.param(stack, given, id=name)
    for stack in (CORE, DEFAULT_MODEL)
    for name, given in stack.of_type("AWS::CloudWatch::Alarm").items()
]
SCALING = {"TaskShortfallAlarm": "ScaleOutPolicy", "TaskSurplusAlarm": "ScaleInPolicy"}
"""Alarms that set tasks going, and call nobody."""
CALLING = [param for param in ALARMS if param.id not in SCALING]
WANTED = {
    ("AWS/SQS", "ApproximateNumberOfMessagesVisible"),
    ("AWS/SQS", "ApproximateNumberOfMessagesNotVisible"),
    ("AWS/SQS", "ApproximateAgeOfOldestMessage"),
    ("AWS/ApiGateway", "5XXError"),
    ("AWS/Lambda", "Errors"),
    ("AWS/Lambda", "Throttles"),
    ("AWS/Lambda", "IteratorAge"),
    ("AWS/DynamoDB", "WriteThrottleEvents"),
    ("AWS/DynamoDB", "ReadThrottleEvents"),
    ("Spillway", "JobsWithoutTask"),
    ("Spillway", "JobsWithoutProgress"),
    ("Spillway", "TasksBeyondMax"),
    ("Spillway/spillway", "OutboxFaults"),
    ("Spillway/spillway", "DeliverFaults"),
}
SEARCH = re.compile(
    r"""SEARCH\('\{([^,]+),([^}]+)\} MetricName="(\w+)"([^']*)', '(\w+)', (\d+)\)"""
)


def _anchors(text: str) -> list[str]:
    return [
        heading.lower().replace(" ", "-")
        for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    ]


def _alarms(stack: Resolved) -> list[dict[str, Any]]:
    return list(stack.of_type("AWS::CloudWatch::Alarm").values())


def _all_named(stack: Resolved, dimensions: Mapping[str, Node]) -> bool:
    """Tell whether dimensions name resources of the stack, an index one of its table's."""
    indexes = {
        index["IndexName"]
        for index in stack.resources.get(dimensions.get("TableName", {}).get("Ref"), {})
        .get("Properties", {})
        .get("GlobalSecondaryIndexes", [])
    }
    return all(
        value in indexes if name == "GlobalSecondaryIndexName" else _named(stack, name, value)
        for name, value in dimensions.items()
    )


def _named(stack: Resolved, dimension: str, value: Node) -> bool:
    """Tell whether a dimension's value names a resource of the stack, of the right type."""
    if dimension == "ApiName":
        title = load_openapi()["info"]["title"]["Fn::Sub"]
        names = {given["Name"] for given in stack.of_type("AWS::ApiGateway::RestApi").values()}
        return {value} == names and title.replace("${AWS::StackName}", value) == value
    if dimension == "Stage":
        stages = stack.of_type("AWS::ApiGateway::Stage").values()
        return value in {given["StageName"] for given in stages}
    if dimension in {"Stack", "Model"}:
        return value in {PSEUDO["AWS::StackName"], "${AWS::StackName}", "default"}
    named = value.get("Ref") or value["Fn::GetAtt"][0]
    if "Fn::GetAtt" in value and value["Fn::GetAtt"][1] != dimension:
        return False
    return named in stack.of_type(metrics.NAMES[dimension])


def _counted(stack: Resolved) -> set[tuple[str, str]]:
    """The metrics that the stack's filters make of its logs; none has dimensions."""
    return {
        (made["MetricNamespace"], made["MetricName"])
        for given in stack.of_type("AWS::Logs::MetricFilter").values()
        for made in given["MetricTransformations"]
    }


@pytest.mark.parametrize(("stack", "given"), ALARMS)
def test_an_alarm_watches_a_metric_that_somebody_publishes(
    stack: Resolved, given: dict[str, Any]
) -> None:
    namespace, name = given["Namespace"], given["MetricName"]
    dimensions = {entry["Name"] for entry in given.get("Dimensions", [])}

    counted = not dimensions and (namespace, name) in _counted(stack)
    assert counted or metrics.exists(namespace, name, dimensions)


@pytest.mark.parametrize(("stack", "given"), ALARMS)
def test_an_alarm_watches_a_resource_of_its_stack(stack: Resolved, given: dict[str, Any]) -> None:
    dimensions = {entry["Name"]: entry["Value"] for entry in given.get("Dimensions", [])}

    assert _all_named(stack, dimensions)
    assert dimensions or given["Namespace"].endswith(f"/{PSEUDO['AWS::StackName']}")


@pytest.mark.parametrize(("stack", "given"), ALARMS)
def test_an_alarm_says_what_to_read(stack: Resolved, given: dict[str, Any]) -> None:
    match = re.fullmatch(r"[A-Z].+\. docs/runbook\.md#([a-z0-9-]+)", given["AlarmDescription"])

    assert match
    assert _anchors(RUNBOOK).count(match[1]) == 1
    assert given["AlarmName"].endswith(match[1])


@pytest.mark.parametrize(("alarm", "policy"), SCALING.items())
def test_an_alarm_that_scales_acts_by_its_policy_alone(alarm: str, policy: str) -> None:
    given = DEFAULT_MODEL.properties(alarm)

    assert given["AlarmActions"] == [{"Ref": policy}]
    assert "OKActions" not in given
    assert given["TreatMissingData"] == "notBreaching", "who is blind changes nothing"


@pytest.mark.parametrize(("stack", "given"), CALLING)
def test_an_alarm_reaches_somebody(stack: Resolved, given: dict[str, Any]) -> None:
    assert given["AlarmActions"] == given["OKActions"]
    assert given["AlarmActions"] in (
        [{"Ref": "AlarmTopic"}],
        [stack.parameters.get("AlarmTopicArn")],
    )
    assert given["TreatMissingData"] in {"notBreaching", "breaching"}
    assert "Metrics" not in given, "one metric each: the local emulator knows no metric math"


def test_all_that_can_go_wrong_is_watched() -> None:
    alarms = [given for stack in (CORE, DEFAULT_MODEL) for given in _alarms(stack)]
    watched = {(given["Namespace"], given["MetricName"]) for given in alarms}

    assert watched >= WANTED


@pytest.mark.parametrize("metric", ["Errors", "Throttles"])
def test_each_function_is_watched(metric: str) -> None:
    watched = {
        entry["Value"]["Ref"]
        for given in CORE.of_type("AWS::CloudWatch::Alarm").values()
        if given["MetricName"] == metric
        for entry in given["Dimensions"]
    }

    assert watched == CORE.of_type("AWS::Lambda::Function").keys()


FILTERS = CORE.of_type("AWS::Logs::MetricFilter")
LEVELS = {logging.INFO, logging.WARNING, logging.ERROR}


@pytest.mark.parametrize("name", FILTERS)
def test_of_a_functions_lines_those_of_errors_count_as_faults(name: str) -> None:
    given = FILTERS[name]
    [made] = given["MetricTransformations"]
    term = re.fullmatch(r'\{ \$\.(\w+) = "(\w+)" \}', given["FilterPattern"])
    assert term

    counted = {level for level in LEVELS if json.loads(_line(level)).get(term[1]) == term[2]}

    assert counted == {logging.ERROR}
    assert made["MetricValue"] == "1"
    assert given["LogGroupName"] == {"Ref": name.replace("FaultsFilter", "Log")}


def _line(level: int) -> str:
    record = logging.LogRecord("spillway", level, __file__, 1, "said", None, None)
    return log.JsonFormatter({}).format(record)


def test_a_receiver_that_fails_is_no_fault() -> None:
    assert all(level < logging.ERROR for level, _said in deliverer._SAID.values())


def test_the_runbook_has_no_heading_of_an_alarm_that_is_gone() -> None:
    of_alarms = RUNBOOK.split("## What to do without an alarm")[0]
    headings = re.findall(r"^### (.+)$", of_alarms, re.MULTILINE)
    alarms = [given for stack in (CORE, DEFAULT_MODEL) for given in _alarms(stack)]
    described = [given["AlarmDescription"].split("#")[1] for given in alarms]

    assert sorted(headings) == sorted(described)


def test_each_part_of_the_runbook_says_what_to_look_at_and_what_to_do() -> None:
    for part in RUNBOOK.split("## What to do without an alarm")[0].split("\n### ")[1:]:
        assert "**Means.**" in part
        assert "**Look" in part
        assert "do.**" in part.lower()


def test_the_runbooks_links_lead_to_its_headings() -> None:
    assert set(re.findall(r"\]\(#([^)]+)\)", RUNBOOK)) <= set(_anchors(RUNBOOK))


def test_the_runbook_names_logs_and_parameters_that_exist() -> None:
    groups = {
        given["LogGroupName"].rsplit("/", 1)[1]
        for given in CORE.of_type("AWS::Logs::LogGroup").values()
    }
    outputs = set(re.findall(r"\$\(output (\w+)\)", RUNBOOK))
    functions = set(re.findall(r"\$\(function_name (\w+)\)", RUNBOOK))

    assert set(re.findall(r"/spillway/\$STACK/(\w+)\"", RUNBOOK)) <= groups
    assert outputs <= CORE.outputs.keys()
    assert functions <= CORE.of_type("AWS::Lambda::Function").keys()


def test_the_topic_takes_alarms_and_budgets_of_this_account_alone() -> None:
    (policy,) = CORE.of_type("AWS::SNS::TopicPolicy").values()
    allowed = [part for part in policy["PolicyDocument"]["Statement"] if part["Effect"] == "Allow"]

    assert [part["Principal"] for part in allowed] == [
        {"Service": ["cloudwatch.amazonaws.com", "budgets.amazonaws.com"]}
    ]
    assert allowed[0]["Condition"] == {
        "StringEquals": {"aws:SourceAccount": PSEUDO["AWS::AccountId"]}
    }


# --- the dashboard


def _dashboard() -> dict[str, Any]:
    body = CORE.properties("Dashboard")["DashboardBody"]
    dashboard: dict[str, Any] = json.loads(body["Fn::Sub"] if isinstance(body, dict) else body)
    return dashboard


def _widgets(kind: str) -> list[dict[str, Any]]:
    """The properties of the widgets of a kind."""
    return [each["properties"] for each in _dashboard()["widgets"] if each["type"] == kind]


LINES = [
    pytest.param(line, id=f"{widget['title']} {number}")
    for widget in _widgets("metric")
    for number, line in enumerate(widget["metrics"])
]


@pytest.mark.parametrize("line", LINES)
def test_a_line_of_the_dashboard_shows_a_metric_of_this_stack(line: list[Any]) -> None:
    if isinstance(line[0], dict):
        _check_search(line[0]["expression"])
        return
    namespace, metric, *rest = (part for part in line if isinstance(part, str))
    dimensions = dict(zip(rest[::2], rest[1::2], strict=True))

    assert metrics.exists(namespace, metric, set(dimensions))
    assert _all_named(CORE, {name: _reference(value) for name, value in dimensions.items()})


def _reference(value: str) -> Node:
    """What a variable within a text refers to; a text without one."""
    if variable := re.fullmatch(r"\$\{(\w+)\}", value):
        return {"Ref": variable[1]}
    if variable := re.fullmatch(r"\$\{(\w+)\.(\w+)\}", value):
        return {"Fn::GetAtt": [variable[1], variable[2]]}
    return value


def _check_search(expression: str) -> None:
    match = SEARCH.fullmatch(expression)
    assert match, expression
    namespace, dimensions, metric, terms, _statistic, period_s = match.groups()
    assert metrics.exists(namespace, metric, set(dimensions.split(",")))
    assert int(period_s) >= 60
    for name, logical_id in re.findall(r'(\w+)="\$\{(\w+)\}"', terms):
        assert _named(CORE, name, {"Ref": logical_id})
    assert PSEUDO["AWS::StackName"] in terms or "${Cluster}" in terms


def test_the_dashboard_shows_every_alarm_that_calls_somebody() -> None:
    [widget] = _widgets("alarm")
    prefix = PSEUDO["AWS::StackName"]
    of_model = {
        f"{prefix}_default_{given['AlarmDescription'].split('#')[1]}"
        for name, given in DEFAULT_MODEL.of_type("AWS::CloudWatch::Alarm").items()
        if name not in SCALING
    }

    shown = {
        re.sub(r"\$\{(\w+)\.Arn\}", r"\1", arn.split(":alarm:")[-1]) for arn in widget["alarms"]
    }
    assert shown == CORE.of_type("AWS::CloudWatch::Alarm").keys() | of_model
    assert len(widget["alarms"]) <= 100, "more than a widget shows"


def test_the_dashboard_reads_logs_that_exist_by_fields_that_are_logged() -> None:
    [widget, _] = _widgets("log")
    sources = set(re.findall(r"SOURCE '\$\{([\w.]+)\}'", widget["query"]))

    assert sources == {"DefaultModel.Outputs.LogGroup", "ReconcileLog", "ApiLog"}
    assert sources - {"DefaultModel.Outputs.LogGroup"} <= CORE.of_type("AWS::Logs::LogGroup").keys()
    assert "LogGroup" in DEFAULT_MODEL.outputs
    said = log.of_change(job(status=Status.FAILED))
    assert {"model", "status"} <= said.keys()
    over = {status.value for status in Status if status.is_terminal}
    assert set(re.findall(r"strcontains\(status, '(\w+)'\)", widget["query"])) == over


def test_the_dashboard_counts_attempts_to_deliver_by_what_is_logged_of_them() -> None:
    [_, widget] = _widgets("log")

    assert re.findall(r"SOURCE '\$\{(\w+)\}'", widget["query"]) == ["DeliverLog"]
    counted = set(re.findall(r"strcontains\(message, '([a-z ]+)'\)", widget["query"]))
    assert counted == {said for _level, said in deliverer._SAID.values()}
    assert re.findall(r"'([a-z ]+)'", widget["query"].split("in [")[1].split("]")[0]) == sorted(
        counted, key=widget["query"].index
    )


def test_widgets_do_not_lie_upon_each_other() -> None:
    cells = [
        (widget["x"] + dx, widget["y"] + dy)
        for widget in _dashboard()["widgets"]
        for dx in range(widget["width"])
        for dy in range(widget["height"])
    ]

    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24
