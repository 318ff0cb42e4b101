"""What is asked of the demo, and what it says where it can't be or does not end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks.burst import __main__ as burst
from benchmarks.burst.demo import Outcome
from benchmarks.burst.story import Life, Sample, Story

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any, NoReturn

SAMPLES = [
    Sample(at_s=at_s, waiting=0, in_flight=0, desired=0, running=0, estimated_delay_s=0)
    for at_s in range(3)
]
DONE = Outcome(Story(SAMPLES, [Life(accepted_s=0, ended_s=1, end="SUCCEEDED")], []), [])


@pytest.mark.parametrize("jobs", ["0", "-5", "abc", "5001"])
def test_a_number_that_cannot_be_is_told_before_anything_starts(
    jobs: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(burst, "run", _unasked)

    assert burst.main([f"--jobs={jobs}"]) == 2
    assert capsys.readouterr().err == f"JOBS={jobs} is not a number from 1 to 5000\n"


def test_the_picture_lies_beside_the_system(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LOCAL_DIR", str(tmp_path))
    monkeypatch.setattr(burst, "run", _done)

    assert burst.main([]) == 0
    assert (tmp_path / "burst" / "burst.png").is_file()
    assert f"the picture is in {tmp_path}/burst/burst.png" in capsys.readouterr().out


def test_the_picture_goes_where_it_is_told_to(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("LOCAL_DIR", str(tmp_path))
    monkeypatch.setattr(burst, "run", _done)

    burst.main(["--to", str(tmp_path / "other.svg")])

    assert (tmp_path / "other.svg").is_file()
    assert not (tmp_path / "burst" / "burst.png").exists()


def test_who_interrupts_it_is_told_that_it_ended(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LOCAL_DIR", str(tmp_path))
    monkeypatch.setattr(burst, "run", _interrupted)

    assert burst.main([]) == 130
    assert capsys.readouterr().out == "stopped before its end; no picture is drawn\n"


@pytest.fixture(autouse=True)
def signals_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("signal.signal", lambda *_: None)


def _unasked(*_: Any) -> NoReturn:
    pytest.fail("it was started")


def _done(_burst: object, folder: Path, _tell: object) -> Outcome:
    folder.mkdir()
    return DONE


def _interrupted(*_: Any) -> NoReturn:
    raise KeyboardInterrupt
