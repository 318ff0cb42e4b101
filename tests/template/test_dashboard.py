"""The picture in the docs is of the dashboard that is deployed."""

from __future__ import annotations

import html
import json
import re
from typing import Any

import pytest

from tests.template.documents import CORE, MODEL, ROOT, load
from tests.template.resolution import PSEUDO, Resolved, packaged
from tools.dashboard.definition import Line, Widget, widgets

PICTURE = (ROOT / "docs" / "dashboard.svg").read_text(encoding="utf-8")
TEXTS = {html.unescape(text) for text in re.findall(r"<text[^>]*>([^<]*)</text>", PICTURE)}


CORE_STACK = Resolved(packaged(load(CORE)))


def _widgets() -> list[Widget]:
    body: Any = CORE_STACK.properties("Dashboard")["DashboardBody"]
    return widgets(json.loads(body["Fn::Sub"] if isinstance(body, dict) else body))


WIDGETS = [pytest.param(widget, id=widget.title) for widget in _widgets()]


@pytest.mark.parametrize("widget", WIDGETS)
def test_the_picture_shows_each_widget(widget: Widget) -> None:
    assert widget.title in TEXTS


@pytest.mark.parametrize("widget", WIDGETS)
def test_the_picture_names_each_line_of_a_widget(widget: Widget) -> None:
    labels = [line.label for line in widget.lines if isinstance(line, Line)]
    labels += widget.outcomes.labels.values() if widget.outcomes else ()

    for label in labels:
        assert TEXTS & {label, f"{label} (none)"}, label


def test_the_picture_shows_each_alarm_that_mails() -> None:
    alarms = [
        given["AlarmName"].replace(PSEUDO["AWS::StackName"], "spillway")
        for stack in (CORE_STACK, Resolved(load(MODEL), CoreStack="spillway"))
        for given in stack.of_type("AWS::CloudWatch::Alarm").values()
        if "OKActions" in given  # those of the scaling policies are no news
    ]
    assert len(alarms) > 20

    assert set(alarms) <= TEXTS


def test_the_runbook_shows_the_picture() -> None:
    runbook = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")

    assert re.search(r"!\[[^\]]+\]\(dashboard\.svg\)", runbook)
    assert PSEUDO["AWS::StackName"] not in TEXTS, "a template's name, not a system's"


def test_the_picture_is_small() -> None:
    assert len(PICTURE) < 300_000
