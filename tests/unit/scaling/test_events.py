"""The events of events/scaler and events/wake, answered as docs/sam-local.md says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.event_answers import ANSWERS
from tests.unit.scaling.test_publisher import handle

if TYPE_CHECKING:
    from tests.unit.scaling.fleet import Fleet

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("name", ["events/scaler/scheduled.json", "events/wake/default.json"])
def test_an_event_is_answered_as_the_page_says(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    fleet.deploy(tasks=1, min_tasks=1)
    event = json.loads((ROOT / name).read_text(encoding="utf-8"))

    assert json.dumps(dict(handle(fleet, monkeypatch, event))) == ANSWERS[name]
