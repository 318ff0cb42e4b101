"""Jobs are shown, listed, cancelled and retried; people and programs each get their form."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from spillway.live import Decision, TasksSeen
from tests.unit.core.client.backend import URL

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.api.system import System
    from tests.unit.cli.conftest import Terminal


@pytest.fixture
def job_id(terminal: Terminal, system: System) -> str:
    return terminal.run("submit", "1").stdout.strip()


def test_a_job_is_shown_name_by_name(terminal: Terminal, system: System, job_id: str) -> None:
    system.succeed(job_id, '{"a": 1}')

    shown = terminal.run("get", job_id)

    fields = dict(line.split(maxsplit=1) for line in shown.stdout.splitlines() if " {}" not in line)
    assert (fields["jobId"], fields["status"]) == (job_id, "SUCCEEDED")
    assert fields["result"].startswith("s3://results/")
    assert "links" not in fields


def test_a_program_gets_the_api_s_own_document(
    terminal: Terminal, system: System, job_id: str
) -> None:
    assert terminal.json("get", job_id) == [system.call("GET", f"/jobs/{job_id}").body]


def test_a_job_that_there_is_not_is_exit_3(terminal: Terminal, system: System) -> None:
    refused = terminal.run("get", "nope")

    assert (refused.exit_code, refused.stdout) == (3, "")
    assert refused.stderr.startswith("spillway: ")
    assert "there is no job nope" in refused.stderr


@pytest.mark.parametrize("inline", [True, False])
def test_a_result_is_json(terminal: Terminal, system: System, job_id: str, inline: bool) -> None:
    system.succeed(job_id, '{"text": "ü"}', inline=inline)

    assert terminal.run("result", job_id).stdout == '{"text":"ü"}\n'


def test_a_result_can_be_written_to_a_file(
    terminal: Terminal, system: System, job_id: str, tmp_path: Path
) -> None:
    system.succeed(job_id, '{"text": "ü"}')

    written = terminal.run("result", job_id, "--output", str(tmp_path / "result.json"))

    assert (written.exit_code, written.output) == (0, "")
    assert json.loads((tmp_path / "result.json").read_text(encoding="utf-8")) == {"text": "ü"}


def test_no_result_yet_is_a_refusal(terminal: Terminal, job_id: str) -> None:
    refused = terminal.run("result", job_id)

    assert refused.exit_code == 4
    assert "is QUEUED: it has no result yet" in refused.stderr


def test_a_list_has_the_newest_first(terminal: Terminal, system: System, job_id: str) -> None:
    system.clock.now_ms += 1000
    newer = terminal.run("submit", "2").stdout.strip()
    system.fail(newer)

    listed = terminal.run("list")

    head, *rows = [line.split() for line in listed.stdout.splitlines()]
    assert head == ["JOB", "ID", "MODEL", "STATUS", "CREATED", "ATTEMPTS", "ERROR"]
    assert [row[0] for row in rows] == [newer, job_id]
    assert rows[0][2:] == ["FAILED", "2027-01-15T08:00:01.000Z", "1", "prediction_failed"]


def test_a_list_can_be_narrowed(terminal: Terminal, system: System, job_id: str) -> None:
    for n in range(5):
        system.clock.now_ms += 1000
        terminal.run("submit", str(n))
    system.succeed(job_id, "1")

    assert len(terminal.json("list", "--limit", "3")) == 3
    assert [job["jobId"] for job in terminal.json("list", "--status", "succeeded")] == [job_id]
    assert terminal.json("list", "--model", "other") == []


@pytest.mark.usefixtures("system")
def test_a_status_that_there_is_not_is_a_matter_of_usage(terminal: Terminal) -> None:
    refused = terminal.run("list", "--status", "done")

    assert refused.exit_code == 2
    assert "'queued', 'running', 'succeeded'" in refused.stderr


def test_a_cancelled_job_can_be_retried(terminal: Terminal, system: System, job_id: str) -> None:
    assert "CANCELLED" in terminal.run("cancel", job_id).stdout

    retried = terminal.run("retry", job_id)
    again = terminal.run("retry", job_id)
    other = terminal.run("retry", job_id, "--idempotency-key", "2")

    assert retried.stdout == again.stdout != other.stdout
    assert system.job(retried.stdout.strip()).retry_of == job_id


def test_a_job_that_goes_on_cannot_be_retried(terminal: Terminal, job_id: str) -> None:
    assert terminal.run("retry", job_id).exit_code == 4


def test_models_are_listed(terminal: Terminal, job_id: str) -> None:
    head, row = terminal.run("models").stdout.splitlines()

    assert " ".join(head.split()) == (
        "MODEL BACKLOG IN FLIGHT RUNNING PENDING DESIRED REQUIRED"
        " MAX TASKS MAX ATTEMPTS LEASE S LAST DECISION"
    )
    assert row.split() == ["default", "1", "0", "10", "4", "30"]
    assert [model["model"] for model in terminal.json("models")] == ["default"]


def test_a_model_is_listed_with_its_tasks_and_the_last_decision(
    terminal: Terminal, system: System
) -> None:
    tasks = TasksSeen(running=1, pending=2, desired=3, required=4, at_ms=system.clock())
    system.figures.note("default", tasks=tasks)
    for after in (1, 3):
        told = Decision(at_ms=system.clock(), before=0, after=after, reason="9 jobs")
        system.figures.decided("default", told)

    _, row = terminal.run("models").stdout.splitlines()

    assert " ".join(row.split()) == (
        "default 0 0 1 2 3 4 10 4 30 2027-01-15T08:00:00.000Z 0 → 3: 9 jobs"
    )


def test_an_unknown_command_is_a_matter_of_usage(terminal: Terminal) -> None:
    assert terminal.run("submitt").exit_code == 2


def test_where_nothing_is_named_it_says_what_to_give(
    terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    refused = terminal.run("list")

    assert refused.exit_code == 2
    assert "make run" in refused.stderr


def test_without_a_key_it_says_how_to_get_one(terminal: Terminal) -> None:
    refused = terminal.run("list", "--url", URL)

    assert refused.exit_code == 5
    assert "spillway tenants create" in refused.stderr


def test_a_result_that_cannot_be_written_is_exit_8(
    terminal: Terminal, system: System, job_id: str, tmp_path: Path
) -> None:
    system.succeed(job_id, "1")
    file = tmp_path / "nowhere" / "result.json"

    refused = terminal.run("result", job_id, "--output", str(file))

    assert (refused.exit_code, refused.stdout) == (8, "")
    assert refused.stderr == f"spillway: {file}: No such file or directory\n"


def test_a_retry_under_no_key_at_all_is_refused(terminal: Terminal, job_id: str) -> None:
    terminal.run("cancel", job_id)

    refused = terminal.run("retry", job_id, "--idempotency-key", "")

    assert refused.exit_code == 4
    assert "Idempotency-Key: expected 1 to 255" in refused.stderr


@pytest.mark.parametrize(
    "url", [f"{URL}?a=b", f"{URL}#a", "http://api.example:http/v1", "http://api.example:70000"]
)
def test_an_address_that_is_none_of_an_api_is_a_matter_of_usage(
    terminal: Terminal, url: str
) -> None:
    refused = terminal.run("list", "--url", url, "--key", "acme.secret")

    assert refused.exit_code == 2
    assert refused.stderr.startswith("spillway: url: expected ")
