"""People read tables, programs a JSON document a line; only a terminal gets colour."""

from __future__ import annotations

import json
import sys
import uuid
from typing import TYPE_CHECKING, Any

import pytest
from rich.text import Text

from spillway_cli.output import Output, fields, plain, table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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


@pytest.mark.parametrize("columns", ["80", "20"])
def test_a_narrow_terminal_gets_whole_ids(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], columns: str
) -> None:
    look_on(monkeypatch, COLUMNS=columns)
    ids = [str(uuid.UUID(int=n)) for n in range(3)]
    heads = ("job id", "model", "status", "created", "error")

    Output().rows(
        heads,
        [{"jobId": each} for each in ids],
        lambda job: (job["jobId"], "default", "SUCCEEDED", "2026-11-22T09:22:11.956Z", None),
    )
    Output().document({"jobId": ids[0], "payload": "x" * 200})

    _, *rows, job_id, payload = capsys.readouterr().out.splitlines()
    assert rows == [f"{each}  default  SUCCEEDED  2026-11-22T09:22:11.956Z" for each in ids]
    assert job_id.endswith(f" {ids[0]}")
    assert payload.endswith("x" * 200)


def test_a_list_without_entries_says_so_to_people(capsys: pytest.CaptureFixture[str]) -> None:
    Output().rows(("name", "count"), [], cells, none="nothing")
    Output(is_json=True).rows(("name", "count"), [], cells, none="nothing")

    assert capsys.readouterr() == ("", "nothing\n")


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
