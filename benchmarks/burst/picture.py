"""The story in a picture: jobs, tasks and delay over the same time."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from matplotlib.axes import Axes

    from benchmarks.burst.story import Story

INK, PALE, GRID = "#16191f", "#5f6b7a", "#e3e6e9"
BLUE, ORANGE, GREEN, PURPLE = "#0072b2", "#d55e00", "#009e73", "#b5578f"
"""Apart for the colour-blind too: Okabe and Ito, https://jfly.uni-koeln.de/color/; the last darker
than theirs, to be seen on white."""
UNITS = ("jobs", "tasks", "delay (s)")
PHASES = ("while there is work", "afterwards (time compressed)")
SIZE_IN, DPI = (9, 8.4), 200
"""A text of 10 points is 14 pixels high on a page 900 pixels wide."""
_STYLE: Any = {  # matplotlib's own type for it is a list of all its names
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 10,
    "text.color": INK,
    "axes.edgecolor": PALE,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": GRID,
    "axes.axisbelow": True,
    "lines.linewidth": 1.8,
    "legend.framealpha": 1,
    "legend.edgecolor": "none",
    "legend.fontsize": 9.5,
    "xtick.color": PALE,
    "ytick.color": PALE,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
}


def draw(story: Story, *, title: str, note: str, target_s: float, to: Path) -> None:
    """Write the picture; the file's ending decides on its kind."""
    with rc_context(_STYLE):
        figure = drawn(story, title=title, note=note, target_s=target_s)
        figure.savefig(to, dpi=DPI, facecolor="white")


def drawn(story: Story, *, title: str, note: str, target_s: float) -> Figure:
    """Return the figure.

    On the left the time with work, on the right the longer one after it, compressed. Whatever the
    lines do, no legend covers them: each stands beside its panels.
    """
    figure = Figure(figsize=SIZE_IN, layout="constrained")
    rows = figure.subplots(
        3, 2, sharex="col", sharey="row", height_ratios=(5, 4, 5), width_ratios=(3, 2)
    )
    figure.suptitle(f"{title}\n", x=0.01, ha="left", size=13, weight="bold")
    figure.text(0.01, 0.958, note, size=9.5, color=PALE)
    for pair, unit, plot in zip(rows, UNITS, (_jobs, _tasks, _delay), strict=True):
        for axes in pair:
            plot(axes, story, target_s)
            axes.yaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
        pair[0].set_ylim(bottom=0)
        pair[0].set_ylabel(unit)
        pair[1].legend(loc="center left", bbox_to_anchor=(1, 0.5))
    left, right = rows[-1]
    _times(left, right, story)
    for axes, said in zip(rows[0], PHASES, strict=True):
        axes.set_title(said, loc="left", size=10, color=PALE)
    figure.supxlabel("time since the first job was accepted (s)", size=10)
    return figure


def _times(left: Axes, right: Axes, story: Story) -> None:
    begin_s, end_s = story.samples[0].at_s, story.samples[-1].at_s
    seam_s = min(end_s, 10 * math.ceil(story.ended_s[-1] / 10 + 1)) if story.ended_s else end_s / 2
    left.set_xlim(begin_s, seam_s)
    right.set_xlim(seam_s, max(end_s, seam_s + 1))
    left.xaxis.set_major_locator(MaxNLocator(nbins=10, steps=[1, 2, 5, 10]))
    right.xaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 3, 6, 10]))


def _jobs(axes: Axes, story: Story, _: float) -> None:
    times_s = _times_s(story)
    accepted = [story.accepted_by(at_s) for at_s in times_s]
    done = [story.ended_by(at_s) for at_s in times_s]
    axes.plot(times_s, accepted, color=PALE, linestyle="--", label="accepted in all")
    axes.plot(times_s, done, color=GREEN, label="done in all")
    axes.plot(times_s, [each.waiting for each in story.samples], color=ORANGE, label="waiting")
    axes.plot(times_s, [each.in_flight for each in story.samples], color=BLUE, label="in flight")


def _tasks(axes: Axes, story: Story, _: float) -> None:
    times_s = _times_s(story)
    desired = [each.desired for each in story.samples]
    running = [each.running for each in story.samples]
    axes.step(times_s, desired, where="post", color=ORANGE, linewidth=3.4, label="asked for")
    axes.step(times_s, running, where="post", color=BLUE, linewidth=1.6, label="running")
    axes.set_ylim(top=1.15 * max(1, *desired, *running))


def _delay(axes: Axes, story: Story, target_s: float) -> None:
    times_s = _times_s(story)
    estimated = [each.estimated_delay_s for each in story.samples]
    really = [story.until_done_s(at_s) for at_s in times_s]
    ended = [(life.ended_s, life.took_s) for life in story.lives if life.ended_s is not None]
    ends_s, took_s = zip(*ended, strict=True) if ended else ((), ())
    axes.axhline(target_s, color=PALE, linestyle=":", linewidth=1.4, label="target")
    axes.plot(times_s, estimated, color=ORANGE, label="until all is done:\nestimated")
    axes.plot(times_s, really, color=PURPLE, linestyle="--", label="until all is done:\nas it was")
    axes.scatter(ends_s, took_s, color=BLUE, s=7, linewidths=0, label="what each job took")


def _times_s(story: Story) -> Sequence[float]:
    return [sample.at_s for sample in story.samples]
