from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.burst.picture import draw, drawn
from benchmarks.burst.story import Life, Sample, Story

if TYPE_CHECKING:
    from pathlib import Path


def test_each_panel_names_its_unit_and_each_line_what_it_is(tmp_path: Path) -> None:
    samples = [
        Sample(at_s=at_s, waiting=9, in_flight=1, desired=1, running=1, estimated_delay_s=10)
        for at_s in range(3)
    ]
    story = Story(samples, [Life(accepted_s=0, ended_s=2, end="SUCCEEDED")], [])

    draw(story, title="10 jobs", note="MaxTasks 1", target_s=60, to=tmp_path / "drawn.svg")

    drawn = (tmp_path / "drawn.svg").read_text()
    for text in (
        "10 jobs",
        "jobs",
        "tasks",
        "delay (s)",
        "MaxTasks 1",
        "waiting",
        "running",
        "target",
        "afterwards (time compressed)",
    ):
        assert f"<!-- {text} -->" in drawn


def test_jobs_that_never_ended_are_drawn_too(tmp_path: Path) -> None:
    samples = [
        Sample(at_s=at_s, waiting=1, in_flight=0, desired=0, running=0, estimated_delay_s=1)
        for at_s in range(3)
    ]

    draw(
        Story(samples, [Life(accepted_s=0, end="QUEUED")], []),
        title="1 job",
        note="",
        target_s=60,
        to=tmp_path / "drawn.png",
    )

    assert (tmp_path / "drawn.png").read_bytes().startswith(b"\x89PNG")


def test_no_legend_covers_a_line(tmp_path: Path) -> None:
    samples = [
        Sample(at_s=at_s, waiting=9, in_flight=1, desired=1, running=1, estimated_delay_s=10)
        for at_s in range(30)
    ]
    story = Story(samples, [Life(accepted_s=0, ended_s=2, end="SUCCEEDED")], [])

    figure = drawn(story, title="10 jobs", note="MaxTasks 1", target_s=60)
    figure.savefig(tmp_path / "placed.png")

    legends = [legend for axes in figure.axes if (legend := axes.get_legend())]
    assert len(legends) == 3
    for legend in legends:
        place = legend.get_window_extent()
        assert not any(axes.get_window_extent().overlaps(place) for axes in figure.axes)
        assert place.x1 <= figure.bbox.x1
