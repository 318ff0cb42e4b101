"""What a command prints: for people, or with `--json` one JSON document a line for programs.

Results go to stdout. What is only said about them (progress, counts, warnings) goes to stderr, so
that a pipe sees results alone. Colour and cursor control reach a terminal only, and NO_COLOR
(no-color.org) is honoured.
"""

from __future__ import annotations

import json
import re
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from rich.console import RenderableType

WIDTH = 10_000
"""Columns of a line: nothing is wrapped or cut, an id least of all. A terminal wraps by itself."""
CUT_LENGTH = 60
"""Characters of an address in a row among others; whoever asks for one thing sees it whole."""
_TRAILING_BLANKS = re.compile(r" +((?:\x1b\[[0-9;]*m)*)$", re.MULTILINE)


@dataclass(frozen=True)
class Output:
    """Where one command prints, and how."""

    is_json: bool = False

    def document(
        self, document: Mapping[str, Any], human: Callable[[], RenderableType] | None = None
    ) -> None:
        """Print one document: as a line of JSON, or as `human` shows it, else name by name."""
        if self.is_json:
            self.json(document)
        else:
            _print(_stdout(), human() if human else fields(document))

    def rows(
        self,
        columns: Sequence[str],
        documents: Iterable[Mapping[str, Any]],
        row: Callable[[Mapping[str, Any]], Sequence[object]],
        *,
        none: str | None = None,
    ) -> None:
        """Print documents: each as a line of JSON as it comes, or as rows of one table.

        Where there are none, people read `none` in the place of a table without rows.
        """
        if self.is_json:
            for document in documents:
                self.json(document)
            return
        made = table(columns, (row(document) for document in documents))
        if none is not None and not made.row_count:
            self.note(none)
        else:
            _print(_stdout(), made)

    def json(self, value: Any) -> None:  # noqa: ANN401 - any JSON
        """Print a line of JSON, whatever is asked for."""
        print(self.as_json(value), flush=True)

    def as_json(self, value: Any) -> str:  # noqa: ANN401 - any JSON
        """The line of JSON itself."""
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    def line(self, text: str | Text) -> None:
        """Print one line of a result for people."""
        _print(_stdout(), plain(text))

    def note(self, text: str) -> None:
        """Say something beside the results, on stderr; nothing with `--json`."""
        if not self.is_json:
            _print(_stderr(), plain(text))

    @contextmanager
    def status(self, text: str) -> Iterator[Callable[[str], None]]:
        """Show what is under way, and let it be changed; only where stderr is a terminal."""
        console = _stderr(width=None)
        if self.is_json or not console.is_terminal:
            yield lambda _: None
            return
        with console.status(plain(text)) as status:
            yield lambda said: status.update(plain(said))


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Table:
    """A table without lines, its heads in capitals, as `docker ps` prints one."""
    made = Table(box=None, pad_edge=False, show_edge=False, header_style="bold")
    for column in columns:
        made.add_column(column.upper(), no_wrap=True, overflow="ignore")
    for row in rows:
        made.add_row(*(plain(cell) for cell in row))
    return made


def fields(document: Mapping[str, Any]) -> Table:
    """A document name by name; what is nested stays JSON."""
    made = Table(box=None, pad_edge=False, show_edge=False, show_header=False)
    made.add_column(style="bold", no_wrap=True)
    made.add_column(overflow="fold")
    for name, value in document.items():
        made.add_row(name, plain(value))
    return made


def aligned(rows: Iterable[Sequence[object]]) -> str:
    """Rows as lines, each column beginning under its first; None is an empty cell."""
    texts = [["" if cell is None else str(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
    return "\n".join("  ".join(map(str.ljust, line, widths)).rstrip() for line in texts)


def cut(text: str, length: int = CUT_LENGTH) -> str:
    """The text, without its middle where it is longer: a URL says most at its ends, as an ARN."""
    kept = length - 1
    return text if len(text) <= length else f"{text[: kept - kept // 2]}…{text[-(kept // 2) :]}"


def plain(value: object) -> Text:
    """A value as one text, escaped: a model's words must not steer the terminal."""
    if isinstance(value, Text):
        return value
    if isinstance(value, dict | list):
        value = json.dumps(value, ensure_ascii=False)
    return Text("" if value is None else escaped(str(value)))


def escaped(text: str) -> str:
    """The text with its control characters spelled out."""
    return "".join(c if c.isprintable() or c in "\n\t" else ascii(c)[1:-1] for c in text)


def _stdout() -> Console:
    return _console(sys.stdout, stderr=False, width=WIDTH)


def _stderr(width: int | None = WIDTH) -> Console:
    return _console(sys.stderr, stderr=True, width=width)


def _console(stream: TextIO | None, *, stderr: bool, width: int | None) -> Console:
    is_terminal = stream is not None and stream.isatty()
    return Console(
        stderr=stderr, highlight=False, markup=False, width=width, force_terminal=is_terminal
    )


def _print(console: Console, shown: RenderableType) -> None:
    """Print without trailing blanks, which tables pad their last column with."""
    with console.capture() as captured:
        console.print(shown, soft_wrap=True)
    print(_TRAILING_BLANKS.sub(r"\1", captured.get()), end="", file=console.file, flush=True)
