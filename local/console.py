"""What the user sees: a line a step with its time, a spinner only where there is a terminal."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rich.console import Console as RichConsole
from rich.panel import Panel
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.failure import StartFailed


@dataclass
class Step:
    """One step under way since `began_s` (monotonic clock); `note` is said beside its time."""

    title: str
    began_s: float = field(default_factory=time.monotonic)
    note: str = ""


class Console:
    """Steps, a closing block and failures, on stdout."""

    def __init__(self, rich_console: RichConsole | None = None) -> None:
        self._rich = rich_console or RichConsole(highlight=False, soft_wrap=True)
        self.times_s: list[tuple[str, float]] = []

    @contextmanager
    def step(self, title: str, began_s: float | None = None) -> Iterator[Step]:
        """Show a step while the block runs, and its time when it is done."""
        step = Step(title) if began_s is None else Step(title, began_s)
        if self._rich.is_terminal:
            with self._rich.status(f"{title} …"):
                yield step
        else:
            self._rich.print(Text(f"  {title} …"))
            yield step
        took_s = time.monotonic() - step.began_s
        self.times_s.append((title, took_s))
        note = f"  {step.note}" if step.note else ""
        self._rich.print(
            Text.assemble(("  ✓ ", "green"), f"{title:<28}{took_s:6.1f} s", (note, "dim"))
        )

    def line(self, text: str) -> None:
        """Print one line."""
        self._rich.print(Text(text))

    def block(self, title: str, lines: list[str]) -> None:
        """Print the closing block; its lines stay whole, since they are there to be copied."""
        if self._rich.is_terminal:
            self._rich.print(Panel(Text(lines[0]), title=title, expand=False, border_style="green"))
            lines = lines[1:]
        else:
            self._rich.print(Text(f"--- {title}"))
        for line in lines:
            self._rich.print(Text(line), no_wrap=True, crop=False, overflow="ignore")

    def failure(self, failure: StartFailed) -> None:
        """Print what went wrong in one line, the lines that matter, and where there are more."""
        self._rich.print(Text.assemble(("✗ ", "red"), str(failure)))
        for line in failure.excerpt.splitlines():
            self._rich.print(Text(f"    {line}", style="dim"))
        if failure.log is not None:
            self._rich.print(Text(f"  more in {failure.log}"))
