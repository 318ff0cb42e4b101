"""What the operator sees: a line for each step with its time, or why there was nothing to do."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rich.console import Console as RichConsole
from rich.text import Text

from deploy.failure import DeployFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@dataclass
class Step:
    """One step under way since `began_s` (monotonic clock); `note` is said beside its time."""

    show: Callable[[str], None]
    note: str = ""
    began_s: float = field(default_factory=time.monotonic)
    _shown: str = ""

    def progress(self, text: str) -> None:
        """Show how far it is, once for each text."""
        if text != self._shown:
            self._shown = text
            self.show(text)


class Console:
    """Steps, questions and failures, on stdout."""

    def __init__(self, rich_console: RichConsole | None = None) -> None:
        self._rich = rich_console or RichConsole(highlight=False, soft_wrap=True)

    @contextmanager
    def step(self, title: str, *, is_quiet: bool = True) -> Iterator[Step]:
        """Show a step while the block runs, and its time when it is done.

        A step that writes to the terminal itself is not quiet: nothing turns beside it.
        """
        if self._rich.is_terminal and is_quiet:
            with self._rich.status(f"{title} …") as status:
                step = Step(lambda text: status.update(Text(f"{title} … {text}")))
                yield step
        else:
            self.line(f"  {title} …")
            step = Step(lambda text: self.line(f"    {text}"))
            yield step
        took = f"{time.monotonic() - step.began_s:7.1f} s"
        self._told("✓", "green", title, took, step.note)

    def skipped(self, title: str, why: str) -> None:
        """Say that a step had nothing to do, and why."""
        self._told("-", "dim", title, "-".rjust(9), why)

    def line(self, text: str = "") -> None:
        """Print one line."""
        self._rich.print(Text(text))

    def ask(self, question: str) -> str:
        """Return what the operator types, "" for Ctrl-D; `DeployFailed` where nobody can."""
        if not sys.stdin.isatty():
            raise DeployFailed("nobody is there to ask: YES=1 says yes beforehand")
        try:
            return self._rich.input(Text(question)).strip()
        except EOFError:
            self.line()
            return ""

    def failure(self, failure: Exception) -> None:
        """Print what went wrong in one line, the lines that tell why, and where there are more."""
        self._rich.print(Text.assemble(("✗ ", "red"), str(failure)))
        if not isinstance(failure, DeployFailed):
            return
        for line in failure.excerpt.splitlines():
            self._rich.print(Text(f"    {line}", style="dim"))
        if failure.log is not None:
            self.line(f"  more in {failure.log}")

    def _told(self, mark: str, style: str, title: str, took: str, note: str) -> None:
        said = Text.assemble((f"  {mark} ", style), f"{title:<24}{took}", (f"  {note}", "dim"))
        said.rstrip()
        self._rich.print(said)
