"""Payloads as a command line gives them: an argument, a file, standard input, or lines of these."""

from __future__ import annotations

import re
import shutil
import tempfile
from contextlib import contextmanager, nullcontext
from typing import IO, TYPE_CHECKING

from spillway.errors import Rejected
from spillway.strict_json import Json, read
from spillway_cli.exits import CommandFailed, Exit

if TYPE_CHECKING:
    from collections.abc import Iterator

LINES = (".jsonl", ".ndjson")
"""How the name of a file ends that holds a JSON document a line."""
_MOST_NAMED = 5
_PLACE = re.compile(r"line \d+ column (\d+) \(char \d+\)")
"""Where json.JSONDecodeError says that a fault is: of a line that is read alone, always line 1."""


def payload(name: str, body: bytes) -> Json:
    """The JSON that `name`, an argument or a file, holds; `CommandFailed` where it is none."""
    try:
        return read(body)
    except Rejected as error:
        hint = "; text is JSON in quotes: '\"hello\"'" if name == "PAYLOAD" else ""
        raise CommandFailed(f"{name} {_said(error)}{hint}", Exit.REFUSED) from None


@contextmanager
def payload_lines(name: str, file: IO[bytes]) -> Iterator[Iterator[Json]]:
    """A payload for each line, the n-th of the n-th.

    All lines are read once before the first is given: `CommandFailed` names those that are no
    JSON, and nothing is submitted. A pipe is copied to disk for that.
    """
    with nullcontext(file) if file.seekable() else tempfile.TemporaryFile() as whole:
        if whole is not file:
            shutil.copyfileobj(file, whole)
        _check(name, whole)
        whole.seek(0)
        yield map(read, whole)


def _check(name: str, lines: IO[bytes]) -> None:
    lines.seek(0)
    faults = [f"{name}:{number} {fault}" for number, fault in _faults(lines)]
    if faults:
        more = f"; and {len(faults) - _MOST_NAMED} more" if len(faults) > _MOST_NAMED else ""
        text = "; ".join(faults[:_MOST_NAMED]) + more + "; nothing was submitted"
        raise CommandFailed(text, Exit.REFUSED)


def _faults(lines: IO[bytes]) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(lines, start=1):
        try:
            read(line)
        except Rejected as error:
            yield number, _PLACE.sub(r"column \1", _said(error))


def _said(error: Rejected) -> str:
    """The API's own words about a body, which here is less than one."""
    return error.detail.removeprefix("the body ")
