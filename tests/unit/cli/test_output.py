"""People read tables, programs a JSON document a line; only a terminal gets colour."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from rich.text import Text

from spillway_cli.output import Output, fields, plain, table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pytest

ROWS: list[dict[str, Any]] = [{"name": "a" * 200, "count": 1}, {"name": "b", "count": None}]


def cells(document: Mapping[str, Any]) -> Sequence[object]:
    return document["name"], document["count"]


def look_on(monkeypatch: pytest.MonkeyPatch, **environment: str) -> None:
    """Make both streams a terminal's."""
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"TERM": "xterm", **environment}.items():
        monkeypatch.setenv(name, value)
    for stream in (sys.stdout, sys.stderr):
        monkeypatch.setattr(stream, "isatty", lambda: True)


def test_a_pipe_gets_whole_rows_and_no_control_codes(capsys: pytest.CaptureFixture[str]) -> None:
    Output().rows(("name", "count"), ROWS, cells)

    printed = capsys.readouterr().out
    assert printed == f"NAME{' ' * 198}COUNT\n{'a' * 200}  1\nb\n"


def test_json_is_a_document_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    output = Output(is_json=True)

    output.rows(("name", "count"), ROWS, cells)
    output.document({"text": "ü\n\x1b"})

    printed = capsys.readouterr().out
    assert [json.loads(line) for line in printed.splitlines()] == [*ROWS, {"text": "ü\n\x1b"}]
    assert "\x1b" not in printed


def test_notes_leave_stdout_alone(capsys: pytest.CaptureFixture[str]) -> None:
    Output().note("2 accepted")
    Output(is_json=True).note("2 accepted")

    assert capsys.readouterr() == ("", "2 accepted\n")


def test_a_terminal_gets_bold_heads(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    look_on(monkeypatch)

    Output().rows(("name", "count"), ROWS, cells)

    assert "\x1b[1mNAME" in capsys.readouterr().out


def test_no_color_is_honoured(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    look_on(monkeypatch, NO_COLOR="1")

    Output().line(Text("coloured", style="red"))

    assert capsys.readouterr().out == "coloured\n"


def test_a_model_s_words_do_not_steer_the_terminal() -> None:
    assert plain("\x1b[2Jgone\x07\u202e").plain == "\\x1b[2Jgone\\x07\\u202e"
    assert plain("two\nlines\tand [bold]markup[/bold], ü").plain == (
        "two\nlines\tand [bold]markup[/bold], ü"
    )


def test_a_value_is_shown_as_it_is() -> None:
    assert [plain(value).plain for value in (None, 0, {"a": ["ü"]})] == ["", "0", '{"a": ["ü"]}']


def test_a_status_is_for_onlookers(capsys: pytest.CaptureFixture[str]) -> None:
    with Output().status("waiting") as say:
        say("still waiting")

    assert capsys.readouterr() == ("", "")


def test_an_onlooker_sees_the_status_change(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    look_on(monkeypatch)

    with Output().status("waiting") as say:
        say("number 3 in the queue")

    out, err = capsys.readouterr()
    assert out == ""
    assert "number 3 in the queue" in err


def test_tables_and_fields_have_what_they_are_given() -> None:
    assert table(("a", "b"), [(1, 2)]).row_count == 1
    assert fields({"a": 1, "b": 2}).row_count == 2
