from __future__ import annotations

from typing import TYPE_CHECKING

from tools.dashboard.definition import Widget
from tools.dashboard.drawing import draw
from tools.dashboard.reading import Series, Shown, Span

if TYPE_CHECKING:
    from pathlib import Path

SPAN = Span(0, 600)


def test_every_widget_is_drawn_with_its_title_and_the_names_of_its_lines(tmp_path: Path) -> None:
    waiting = Widget(title="2. Waiting", x=0, y=4, width=6, height=6)
    alarms = Widget(title="Alarms", x=0, y=0, width=24, height=4, alarms=["a-b"])
    shown = [
        Shown(alarms, states={"a-b": "ALARM"}),
        Shown(waiting, [Series("spillway_default", {60: 3.0, 180: 5.0}), Series("other", {})]),
    ]

    for each in ("once.svg", "again.svg"):
        draw(shown, SPAN, heading="Here & now", caption="How\nit was", to=tmp_path / each)

    drawn = (tmp_path / "once.svg").read_text()
    for text in ("2. Waiting", "Alarms", "a-b", "In alarm", "spillway_default", "other (none)"):
        assert f">{text}<" in drawn
    assert "Here &amp; now" in drawn
    assert drawn == (tmp_path / "again.svg").read_text(), "the same data make the same file"
