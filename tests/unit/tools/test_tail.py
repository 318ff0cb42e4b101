from __future__ import annotations

from typing import TYPE_CHECKING

from tools.tail import tail, telling

if TYPE_CHECKING:
    from pathlib import Path


def test_a_log_ends_with_its_last_lines(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("\n".join(str(number) for number in range(10_000)))

    assert tail(log, 2) == "9998\n9999"
    assert tail(tmp_path / "none") == ""


def test_the_lines_that_tell_of_the_fault_are_found(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("a\nError: b is missing\nc\n")

    assert telling(log) == "Error: b is missing"


def test_a_log_that_tells_of_no_fault_is_told_by_its_end(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("\n".join("abcdefgh"))

    assert telling(log).split() == list("cdefgh")
