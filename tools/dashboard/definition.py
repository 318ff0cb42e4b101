"""A dashboard's definition, as CloudWatch keeps it, read into widgets and their lines.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_SEARCH = re.compile(
    r"""SEARCH\('\{([^,]+),([^}]+)\} MetricName="(\w+)"([^']*)', '(\w+)', (\d+)\)"""
)
_EXACT = re.compile(r'(\w+)="([^"]+)"')
_WORD = re.compile(r"[A-Za-z0-9]+")
_COUNT = re.compile(r"sum\((\w+)\) as (\w+)")
_CONTAINS = re.compile(
    r"strcontains\((\w+), '([^']+)'\)(?: - strcontains\(\1, '[^']+'\))? as (\w+)"
)
"""A value of a field; where it is part of a longer one, that one is taken off."""
_SOURCE = re.compile(r"SOURCE '([^']+)'")
_MODEL = re.compile(r"model = '([^']+)'")


class NotUnderstood(ValueError):
    """The definition holds something that this program can't draw."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric of CloudWatch."""

    namespace: str
    name: str
    dimensions: Mapping[str, str] = field(hash=False)


@dataclass(frozen=True, slots=True)
class Line:
    """One metric by one statistic; `label` is empty where the dashboard gives none."""

    metric: Metric
    statistic: str
    period_s: int
    label: str


@dataclass(frozen=True, slots=True)
class Search:
    """All metrics that a SEARCH expression finds, one line each."""

    namespace: str
    dimensions: frozenset[str]
    name: str
    exact: Mapping[str, str]
    words: Sequence[str]
    without: Sequence[str]
    statistic: str
    period_s: int
    label: str

    @classmethod
    def of(cls, expression: str, label: str) -> Search:
        """Read an expression of the form that the template uses."""
        match = _SEARCH.fullmatch(expression)
        if match is None:
            raise NotUnderstood(f"not a SEARCH that can be drawn: {expression}")
        namespace, dimensions, name, terms, statistic, period_s = match.groups()
        loose = _EXACT.sub("", terms).split()
        without = [word for at, word in enumerate(loose) if at and loose[at - 1] == "NOT"]
        return cls(
            namespace=namespace,
            dimensions=frozenset(dimensions.split(",")),
            name=name,
            exact=dict(_EXACT.findall(terms)),
            words=[word for word in loose if word != "NOT" and word not in without],
            without=without,
            statistic=statistic,
            period_s=int(period_s),
            label=label,
        )

    def finds(self, metric: Metric) -> bool:
        """Whether a metric is among them: a word is found where it is a whole word of a value."""
        if (metric.namespace, metric.name) != (self.namespace, self.name):
            return False
        if metric.dimensions.keys() != self.dimensions:
            return False
        said = [_words(value) for value in metric.dimensions.values()]
        return (
            all(metric.dimensions.get(name) == value for name, value in self.exact.items())
            and all(any(_is_part(_words(word), value) for value in said) for word in self.words)
            and not any(
                _excludes(term, value)
                for term in self.without
                for value in metric.dimensions.values()
            )
        )

    def line(self, metric: Metric) -> Line:
        """The line of a metric that was found, named by the dimension that is left open."""
        [name] = [each for each in metric.dimensions if each not in self.exact]
        label = " ".join(filter(None, (metric.dimensions[name], self.label)))
        return Line(metric, self.statistic, self.period_s, label)


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What a Logs Insights query counts a minute: lines of some groups, by the value of a field.

    `model` is None where lines about any model count.
    """

    groups: Sequence[str]
    model: str | None
    field: str
    labels: Mapping[str, str]

    @classmethod
    def of(cls, query: str) -> Outcomes:
        """Read a query of the form that the template uses."""
        columns = dict(_COUNT.findall(query))
        counted = _CONTAINS.findall(query)
        labels = {value: columns.get(name, "") for _field, value, name in counted}
        fields = {field for field, _value, _name in counted}
        if len(fields) != 1 or not all(labels.values()):
            raise NotUnderstood(f"not a query that can be drawn: {query}")
        model = _MODEL.search(query)
        return cls(_SOURCE.findall(query), model and model[1], fields.pop(), labels)


@dataclass(frozen=True, slots=True, kw_only=True)
class Widget:
    """One part of the dashboard, on its grid, 24 wide. It has lines, alarms or outcomes."""

    title: str
    x: int
    y: int
    width: int
    height: int
    lines: Sequence[Line | Search] = ()
    alarms: Sequence[str] = ()
    outcomes: Outcomes | None = None


def widgets(body: Mapping[str, Any]) -> list[Widget]:
    """The widgets of a dashboard's body."""
    return [_widget(each) for each in body["widgets"]]


def _widget(said: Mapping[str, Any]) -> Widget:
    shown = said["properties"]
    place = {name: said[name] for name in ("x", "y", "width", "height")}
    return Widget(title=shown["title"], **place, **_content(said["type"], shown))


def _content(kind: str, shown: Mapping[str, Any]) -> dict[str, Any]:
    match kind:
        case "metric":
            return {"lines": list(_lines(shown))}
        case "alarm":
            return {"alarms": [arn.rpartition(":alarm:")[2] for arn in shown["alarms"]]}
        case "log":
            return {"outcomes": Outcomes.of(shown["query"])}
        case _:
            raise NotUnderstood(f"a widget of type {kind}")


def _lines(shown: Mapping[str, Any]) -> Iterator[Line | Search]:
    for parts in shown["metrics"]:
        options = parts[-1] if isinstance(parts[-1], dict) else {}
        label = options.get("label", "")
        if "expression" in options:
            yield Search.of(options["expression"], label)
            continue
        namespace, name, *rest = (part for part in parts if isinstance(part, str))
        metric = Metric(namespace, name, dict(zip(rest[::2], rest[1::2], strict=True)))
        yield Line(metric, options.get("stat", shown.get("stat", "")), shown["period"], label)


def _words(text: str) -> list[str]:
    return _WORD.findall(text)


def _excludes(term: str, value: str) -> bool:
    """Whether a term behind NOT is met: a word by any of the value's, one in quotes by it all."""
    return value == term.strip('"') if term.startswith('"') else term in _words(value)


def _is_part(words: Sequence[str], of: Sequence[str]) -> bool:
    return any(list(of[at : at + len(words)]) == list(words) for at in range(len(of)))
