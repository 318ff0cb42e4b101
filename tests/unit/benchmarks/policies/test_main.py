from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.policies.__main__ import HEAD, LEGEND, NEVER, main

if TYPE_CHECKING:
    import pytest


def test_what_does_not_come_to_be_is_a_dash_that_is_explained(
    capsys: pytest.CaptureFixture[str],
) -> None:
    # Done long before a task is there: a further one never is.
    main(["--jobs", "1", "--job-s", "1", "--startup-s", "1", "--runs", "2", "--max-tasks", "1"])

    *tables, told = capsys.readouterr().out.splitlines()
    cells = [cell.strip() for line in tables for cell in line.split("|")]
    assert NEVER in cells
    assert "never" not in cells
    assert told == LEGEND
    assert all(f"{column}: " in LEGEND or f"{column}, " in LEGEND for column in HEAD[1:5])
