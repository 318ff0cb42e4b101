"""What the operator is asked and shown."""

from __future__ import annotations

import io
import sys

import pytest
from rich.console import Console as RichConsole

from deploy.console import Console


class Terminal(io.StringIO):
    """A terminal on which these keys are pressed; Ctrl-D after the last."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("typed", "answer"), [("spillway\n", "spillway"), ("\n", ""), ("", "")])
def test_an_answer_is_what_was_typed_and_ctrl_d_is_none(
    monkeypatch: pytest.MonkeyPatch, typed: str, answer: str
) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal(typed))

    assert Console().ask("Type spillway: ") == answer


def test_progress_is_shown_once_for_each_text() -> None:
    written = io.StringIO()
    console = Console(RichConsole(file=written))

    with console.step("one job") as step:
        for state in ("QUEUED", "QUEUED", "RUNNING"):
            step.progress(state)

    lines = [line.strip() for line in written.getvalue().splitlines()]
    assert lines[:3] == ["one job …", "QUEUED", "RUNNING"]
    assert len(lines) == 4
