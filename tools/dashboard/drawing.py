"""A dashboard on paper: each widget in its place, with its title, its lines and their names."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import ScaledTranslation

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from matplotlib.axes import Axes

    from tools.dashboard.reading import Series, Shown, Span

INK, PALE, GRID, EDGE, PAPER = "#16191f", "#5f6b7a", "#e9ebed", "#c6cbd2", "#ffffff"
COLOURS = ("#0972d3", "#d13212", "#1d8102", "#9469d6", "#c55305", "#0e7c86")
"""Each at least 4.5 to 1 against white, which is what text needs (WCAG 2.2, 1.4.3)."""
STATES = {"OK": "#1d8102", "ALARM": "#d13212", "INSUFFICIENT_DATA": "#5f6b7a"}
STATE_NAMES = {"OK": "OK", "ALARM": "In alarm", "INSUFFICIENT_DATA": "No data"}
COLUMN_IN, ROW_IN = 0.64, 0.4
"""The size of a cell of the dashboard's grid, in inches."""
HEAD_IN, FOOT_IN = 0.55, 0.9
GAP_IN = 0.07
ALARMS_A_ROW = 5
CAPTION_WIDTH = 275
"""Characters."""
_STYLE: Any = {  # matplotlib's own type for it is a list of all its names
    "svg.fonttype": "none",  # text stays text: small, sharp, and found by a search
    "svg.hashsalt": "spillway",
    "font.family": "sans-serif",
    "font.sans-serif": ["Helvetica", "Arial", "DejaVu Sans"],
    "font.size": 8,
    "text.color": INK,
    "axes.edgecolor": GRID,
    "axes.labelcolor": INK,
    "xtick.color": PALE,
    "ytick.color": PALE,
    "axes.spines.top": False,
    "axes.spines.right": False,
}


def draw(shown: Sequence[Shown], span: Span, *, heading: str, caption: str, to: Path) -> None:
    """Write the picture; the file's ending decides on its kind."""
    with rc_context(_STYLE):
        page = _Page(shown)
        page.head(heading)
        page.foot(caption)
        for each in shown:
            if each.states is not None:
                _alarms(page.frame(each), each.states)
            else:
                _plot(page.frame(each), each, span)
        metadata = {"Date": None} if to.suffix == ".svg" else None
        page.figure.savefig(to, metadata=metadata, facecolor=PAPER, dpi=110)


class _Page:
    """The figure, and where on it a widget lies."""

    def __init__(self, shown: Sequence[Shown]) -> None:
        rows = max(each.widget.y + each.widget.height for each in shown)
        self._width_in = 24 * COLUMN_IN
        self._height_in = rows * ROW_IN + HEAD_IN + FOOT_IN
        self.figure = Figure(figsize=(self._width_in, self._height_in))

    def head(self, heading: str) -> None:
        """Print the heading."""
        y = 1 - HEAD_IN / 2 / self._height_in
        self.figure.text(GAP_IN / self._width_in, y, heading, size=13, weight="bold", va="center")

    def foot(self, caption: str) -> None:
        """Print the caption, in lines."""
        lines = [
            part for each in caption.splitlines() for part in textwrap.wrap(each, CAPTION_WIDTH)
        ]
        y = (FOOT_IN - 0.12) / self._height_in
        text = "\n".join(lines)
        self.figure.text(
            GAP_IN / self._width_in, y, text, size=7.5, va="top", color=INK, linespacing=1.35
        )

    def frame(self, shown: Shown) -> Axes:
        """Draw the widget's box and title; return the part of it that is left."""
        at = shown.widget
        left, width = at.x * COLUMN_IN + GAP_IN, at.width * COLUMN_IN - 2 * GAP_IN
        height = at.height * ROW_IN - 2 * GAP_IN
        bottom = self._height_in - HEAD_IN - (at.y + at.height) * ROW_IN + GAP_IN
        box = (left / self._width_in, bottom / self._height_in)
        size = (width / self._width_in, height / self._height_in)
        edge = FancyBboxPatch(
            box, *size, boxstyle="square,pad=0", facecolor="none", edgecolor=EDGE, linewidth=0.8
        )
        self.figure.add_artist(edge)
        self.figure.text(
            (left + 0.1) / self._width_in,
            (bottom + height - 0.2) / self._height_in,
            at.title,
            size=9.5,
            weight="bold",
            va="center",
        )
        inner = (left + 0.42, bottom + 0.62, width - 0.6, height - 1.04)
        if shown.states is not None:
            inner = (left + 0.1, bottom + 0.06, width - 0.2, height - 0.42)
        x, y, w, h = inner
        return self.figure.add_axes(
            (x / self._width_in, y / self._height_in, w / self._width_in, h / self._height_in)
        )


def _plot(axes: Axes, shown: Shown, span: Span) -> None:
    for number, series in enumerate(shown.series):
        colour = COLOURS[number % len(COLOURS)]
        x, y = _minutes(series, span)
        # The first of several is thicker, so that it is seen where the next lies upon it.
        width = 2.6 if number == 0 and len(shown.series) > 1 else 1.4
        axes.plot(
            x, y, color=colour, linewidth=width, marker="o", markersize=2.8, label=_name(series)
        )
    values = [value for each in shown.series for value in each.points.values()]
    top = max(values, default=0)
    is_whole = all(value == int(value) for value in values)
    axes.set_ylim(0, max(top * 1.12, 1))
    axes.set_xlim(0, (span.end_s - span.start_s) / 60)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=8))
    axes.yaxis.set_major_locator(MaxNLocator(nbins=4, integer=is_whole))
    axes.grid(axis="y", color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(length=0, labelsize=7)
    if not shown.series:
        axes.text(0.5, 0.5, "no data", transform=axes.transAxes, ha="center", color=PALE)
        return
    columns, size = _legend(len(shown.series))
    below = axes.transAxes + ScaledTranslation(-0.3, -0.17, axes.figure.dpi_scale_trans)
    legend = axes.legend(
        loc="upper left",
        bbox_to_anchor=(0, 0),
        bbox_transform=below,
        ncol=columns,
        frameon=False,
        fontsize=size,
        handlelength=1.2,
        columnspacing=1.0,
        labelspacing=0.15,
        borderpad=0,
    )
    for text in legend.get_texts():
        text.set_color(INK)


def _legend(names: int) -> tuple[int, float]:
    """Return its columns and the size of its letters: four lines of it have room."""
    if names <= 3:
        return names, 7
    return (2, 7) if names <= 8 else (3, 6)


def _minutes(series: Series, span: Span) -> tuple[list[float], list[float]]:
    """The points by minutes since the beginning, with a gap where a minute has none."""
    x, y = [], []
    for at_s in range(span.start_s, span.end_s, 60):
        x.append((at_s - span.start_s) / 60)
        y.append(series.points.get(at_s, float("nan")))
    return x, y


def _name(series: Series) -> str:
    return series.label if series.points else f"{series.label} (none)"


def _alarms(axes: Axes, states: Mapping[str, str]) -> None:
    axes.set_axis_off()
    axes.set_xlim(0, ALARMS_A_ROW)
    rows = -(-len(states) // ALARMS_A_ROW)
    axes.set_ylim(rows, 0)
    for number, (name, state) in enumerate(states.items()):
        x, y = number % ALARMS_A_ROW, number // ALARMS_A_ROW
        axes.plot(x + 0.03, y + 0.5, "s", color=STATES[state], markersize=8, clip_on=False)
        axes.text(x + 0.07, y + 0.5, name, va="center", size=7.5)
        named = STATE_NAMES[state]
        axes.text(
            x + 0.95,
            y + 0.5,
            named,
            va="center",
            ha="right",
            size=7,
            color=STATES[state],
            weight="bold",
        )
