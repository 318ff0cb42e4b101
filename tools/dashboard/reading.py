"""What a dashboard shows, read from CloudWatch: on AWS, or on a local system that was recorded."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from spillway_cli.logs.query import Query
from spillway_cli.logs.source import Groups
from tools.dashboard.alarm import state
from tools.dashboard.definition import Line, Metric, Search, Widget, widgets

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_cloudwatch.type_defs import MetricAlarmTypeDef

    from spillway_cli.target import Target
    from tools.dashboard.definition import Outcomes

PERIOD_S = 60


@dataclass(frozen=True, slots=True)
class Span:
    """From when to when, in epoch seconds."""

    start_s: int
    end_s: int


@dataclass(frozen=True, slots=True)
class Series:
    """One line's points; minutes without data have none."""

    label: str
    points: Mapping[int, float]


@dataclass(frozen=True, slots=True)
class Shown:
    """A widget with what it shows: series, or the states of alarms."""

    widget: Widget
    series: Sequence[Series] = ()
    states: Mapping[str, str] | None = None


class Dashboard:
    """One stack's dashboard, as it is deployed."""

    def __init__(self, target: Target) -> None:
        self._cloudwatch: CloudWatchClient = target.aws("cloudwatch")
        self._groups = Groups(target.aws("logs"), target.stack_name)
        self._stack = target.stack_name
        self._is_local = target.is_local
        self._metrics = list(self._listed())

    def shown(self, span: Span) -> list[Shown]:
        """Each widget with what it shows of a span of time."""
        body = self._cloudwatch.get_dashboard(DashboardName=self._stack)["DashboardBody"]
        return [self._shown(widget, span) for widget in widgets(json.loads(body))]

    def _shown(self, widget: Widget, span: Span) -> Shown:
        if widget.alarms:
            return Shown(widget, states=self._states(widget.alarms, span))
        if widget.outcomes is not None:
            return Shown(widget, list(self._outcomes(widget.outcomes, span)))
        return Shown(widget, [self._series(line, span) for line in self._lines(widget)])

    def _lines(self, widget: Widget) -> Iterator[Line]:
        for each in widget.lines:
            if isinstance(each, Search):
                yield from (each.line(metric) for metric in self._metrics if each.finds(metric))
            else:
                yield each

    def _listed(self) -> Iterator[Metric]:
        for page in self._cloudwatch.get_paginator("list_metrics").paginate():
            for each in page["Metrics"]:
                dimensions = {part["Name"]: part["Value"] for part in each["Dimensions"]}
                yield Metric(each["Namespace"], each["MetricName"], dimensions)

    def _series(self, line: Line, span: Span) -> Series:
        answer = self._cloudwatch.get_metric_data(
            MetricDataQueries=[_query(line)],
            StartTime=datetime.fromtimestamp(span.start_s, UTC),
            EndTime=datetime.fromtimestamp(span.end_s, UTC),
            ScanBy="TimestampAscending",
        )["MetricDataResults"][0]
        at_s = [round(at.timestamp()) for at in answer["Timestamps"]]
        return Series(line.label, dict(zip(at_s, answer["Values"], strict=True)))

    def _states(self, names: Sequence[str], span: Span) -> dict[str, str]:
        found = self._cloudwatch.describe_alarms(AlarmNames=names)["MetricAlarms"]
        if self._is_local:
            states = {each["AlarmName"]: self._state(each, span) for each in found}
        else:
            states = {each["AlarmName"]: str(each["StateValue"]) for each in found}
        return {name: states.get(name, "INSUFFICIENT_DATA") for name in names}

    def _state(self, alarm: MetricAlarmTypeDef, span: Span) -> str:
        dimensions = {part["Name"]: part["Value"] for part in alarm["Dimensions"]}
        metric = Metric(alarm["Namespace"], alarm["MetricName"], dimensions)
        line = Line(metric, alarm["Statistic"], alarm["Period"], "")
        return state(alarm, self._series(line, span).points, now_s=span.end_s)

    def _outcomes(self, wanted: Outcomes, span: Span) -> Iterator[Series]:
        """As the query counts them; local systems know no query that does."""
        counts: dict[str, Counter[int]] = {value: Counter() for value in wanted.labels}
        groups = {name.removeprefix(f"/spillway/{self._stack}/") for name in wanted.groups}
        for line in self._groups.lines(Query(model=wanted.model), span.start_s * 1000):
            value = line.fields.get(wanted.field)
            if line.group in groups and value in counts and line.at_ms < span.end_s * 1000:
                counts[str(value)][line.at_ms // 1000 // PERIOD_S * PERIOD_S] += 1
        for value, label in wanted.labels.items():
            yield Series(label, counts[value])


def _query(line: Line) -> Any:  # noqa: ANN401 - boto3-stubs want literals for what is read here
    return {
        "Id": "m",
        "MetricStat": {
            "Metric": {
                "Namespace": line.metric.namespace,
                "MetricName": line.metric.name,
                "Dimensions": [
                    {"Name": name, "Value": value} for name, value in line.metric.dimensions.items()
                ],
            },
            "Period": line.period_s,
            "Stat": line.statistic,
        },
    }
