"""Payloads go in, jobs or results come out, a line for each."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

import spillway
from spillway_cli.target import Target

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.unit.api.system import System
    from tests.unit.cli.conftest import Terminal


def payload_of(system: System, job_id: str) -> Any:
    return json.loads(system.job(job_id).payload or "")


@pytest.fixture
def works(system: System, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Have a worker end each job as soon as it is looked at, however that is done."""

    def work(how: str) -> None:
        wait = spillway.Client.wait

        def worked(client: spillway.Client, job_id: str, **within: Any) -> spillway.Job:
            if not system.job(job_id).status.is_terminal:
                text = system.job(job_id).payload or ""
                if "bad" in text:
                    system.fail(job_id)
                else:
                    system.succeed(job_id, text, inline=how == "inline")
            return wait(client, job_id, **within)

        monkeypatch.setattr(spillway.Client, "wait", worked)

    return work


# --- one ------------------------------------------------------------------------------------------


def test_the_job_s_id_is_printed_alone(terminal: Terminal, system: System) -> None:
    made = terminal.run("submit", '{"text": "hello"}')

    assert (made.exit_code, made.stderr) == (0, "")
    assert payload_of(system, made.stdout.strip()) == {"text": "hello"}


def test_a_payload_can_come_from_a_file_or_a_pipe(
    terminal: Terminal, system: System, tmp_path: Path
) -> None:
    file = tmp_path / "payload.json"
    file.write_text("[\n1\n]")

    from_file = terminal.run("submit", "--file", str(file)).stdout.strip()
    from_pipe = terminal.run("submit", "-", stdin="[2]").stdout.strip()

    assert payload_of(system, from_file) == [1]
    assert payload_of(system, from_pipe) == [2]


def test_all_that_may_be_said_is(terminal: Terminal, system: System) -> None:
    words = "--ttl 60 --timeout 5 --metadata order=17 --metadata equation=a=b --job-id order-17"

    [document] = terminal.json("submit", "1", "--model", "default", *words.split())

    assert (document["jobId"], document["status"]) == ("order-17", "QUEUED")
    job = system.job("order-17")
    assert (job.timeout_s, job.expires_at_ms - job.created_at_ms) == (5, 60_000)
    assert job.metadata == {"order": "17", "equation": "a=b"}


def test_under_one_key_there_is_one_job(terminal: Terminal) -> None:
    first, second = (terminal.run("submit", "1", "--idempotency-key", "k") for _ in range(2))

    assert first.stdout == second.stdout


@pytest.mark.parametrize("words", [["1"], ["-", "--lines"]])
def test_an_empty_key_is_refused(terminal: Terminal, system: System, words: list[str]) -> None:
    refused = terminal.run("submit", *words, "--idempotency-key", "", stdin="1\n")

    assert (refused.exit_code, refused.stdout) == (4, "")
    assert "Idempotency-Key: expected 1 to 255" in refused.stderr
    system.assert_untouched()


def test_a_field_that_is_wrong_is_named(terminal: Terminal, system: System) -> None:
    refused = terminal.run("submit", "1", "--ttl", "5", "--job-id", "a b")

    assert (refused.exit_code, refused.stdout) == (4, "")
    assert "jobId: expected text" in refused.stderr
    assert "ttlSeconds: expected a whole number from 60 to 1209600, got 5" in refused.stderr
    assert len(refused.stderr.splitlines()) == 1
    system.assert_untouched()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "give either PAYLOAD"),
        (["1", "--file", "-"], "give either PAYLOAD"),
        (["1", "--metadata", "order"], "expected NAME=VALUE"),
        (["1", "--ttl", "soon"], "'soon' is not a valid integer"),
        (["1", "--within", "nan"], "expected a number of seconds, got nan"),
        (["--file", "no-such-file"], "No such file"),
        (["-", "--lines", "--job-id", "one"], "give a batch an --idempotency-key"),
    ],
)
def test_what_cannot_be_meant_is_a_matter_of_usage(
    terminal: Terminal, system: System, words: list[str], said: str
) -> None:
    refused = terminal.run("submit", *words)

    assert refused.exit_code == 2
    assert said in refused.stderr
    system.assert_untouched()


def test_a_wait_prints_the_result_alone(terminal: Terminal, system: System) -> None:
    system.clock.meanwhile = lambda: system.succeed("one", '{"answer": 42}')

    waited = terminal.run("submit", "1", "--job-id", "one", "--wait")

    assert (waited.exit_code, waited.stdout) == (0, '{"answer":42}\n')
    assert waited.stderr.startswith("job one SUCCEEDED after ")


@pytest.mark.parametrize("inline", [True, False])
def test_a_program_that_waits_gets_the_job_with_its_result(
    terminal: Terminal, system: System, inline: bool
) -> None:
    def end_after(looks: int) -> None:
        if looks:
            system.clock.meanwhile = lambda: end_after(looks - 1)
        else:
            system.succeed("one", "[42]", inline=inline)

    end_after(20)

    [job] = terminal.json("submit", "1", "--job-id", "one", "--wait")

    assert (job["status"], job["result"]["inline"]) == ("SUCCEEDED", [42])
    assert job["result"]["uri"].startswith("s3://results/")


def test_a_job_that_failed_is_exit_1(terminal: Terminal, system: System) -> None:
    system.clock.meanwhile = lambda: system.fail("one")

    failed = terminal.run("submit", "1", "--job-id", "one", "--wait")

    assert (failed.exit_code, failed.stdout) == (1, "")
    assert failed.stderr == "spillway: job one FAILED: no (prediction_failed)\n"


def test_a_program_is_told_of_the_failure_too(terminal: Terminal, system: System) -> None:
    system.clock.meanwhile = lambda: system.fail("one")

    failed = terminal.run("submit", "1", "--job-id", "one", "--wait", "--json")

    assert failed.exit_code == 1
    assert json.loads(failed.stdout)["error"]["code"] == "prediction_failed"


def test_a_job_that_is_not_over_in_time_is_exit_7(terminal: Terminal, system: System) -> None:
    waited = terminal.run("submit", "1", "--job-id", "one", "--within", "10")

    assert (waited.exit_code, waited.stdout) == (7, "")
    assert waited.stderr == "spillway: job one is still QUEUED; it goes on\n"
    assert not system.job("one").status.is_terminal


@pytest.mark.parametrize(
    ("trouble", "code", "said"),
    [
        (KeyboardInterrupt(), 130, "interrupted"),
        (spillway.Unreachable("no answer"), 6, "no answer"),
        (spillway.TooMany("too-many-requests", "too many"), 6, "too many"),
    ],
)
def test_whoever_must_stop_waiting_is_told_that_the_job_goes_on(
    terminal: Terminal,
    system: System,
    monkeypatch: pytest.MonkeyPatch,
    trouble: BaseException,
    code: int,
    said: str,
) -> None:
    def stop(*_: object, **__: object) -> None:
        raise trouble

    monkeypatch.setattr(spillway.Client, "watch", stop)

    stopped = terminal.run("submit", "1", "--job-id", "one", "--wait")

    assert stopped.exit_code == code
    assert stopped.stderr == f"spillway: {said}; job one goes on\n"


# --- a batch --------------------------------------------------------------------------------------


def test_a_batch_prints_an_id_for_each_line(
    terminal: Terminal, system: System, tmp_path: Path
) -> None:
    file = tmp_path / "texts.jsonl"
    file.write_text('{"n": 1}\n{"n": 2}\n')

    made = terminal.run("submit", "--file", str(file))

    assert [payload_of(system, job_id) for job_id in made.stdout.split()] == [{"n": 1}, {"n": 2}]
    assert made.stderr == "2 accepted\n"


def test_lines_can_come_from_a_pipe(terminal: Terminal, system: System) -> None:
    documents = terminal.json("submit", "--lines", "-", stdin="1\n2\n")

    assert [document["line"] for document in documents] == [1, 2]
    assert [payload_of(system, document["jobId"]) for document in documents] == [1, 2]


def test_a_batch_sent_again_under_its_key_makes_no_second_job(
    terminal: Terminal, system: System
) -> None:
    first, second = (
        terminal.run("submit", "--lines", "-", "--idempotency-key", "k", stdin="1\n2\n")
        for _ in range(2)
    )

    assert first.stdout == second.stdout
    assert len(system.store._records) == 2


@pytest.mark.parametrize("how", ["inline", "elsewhere"])
def test_a_batch_that_waits_prints_a_result_for_each_line(
    terminal: Terminal, works: Callable[[str], None], how: str
) -> None:
    works(how)

    done = terminal.run("submit", "--lines", "-", "--wait", stdin="1\n2\n3\n")

    assert (done.exit_code, done.stdout, done.stderr) == (0, "1\n2\n3\n", "3 succeeded\n")


def test_a_line_that_failed_keeps_its_place(
    terminal: Terminal, works: Callable[[str], None]
) -> None:
    works("inline")

    done = terminal.run("submit", "--lines", "-", "--wait", stdin='1\n"bad"\n3\n')

    assert (done.exit_code, done.stdout) == (1, "1\nnull\n3\n")
    said, last = done.stderr.splitlines()
    assert said.startswith("line 2: job ")
    assert said.endswith("FAILED: no (prediction_failed)")
    assert last == "spillway: 1 of 3 lines failed"


def test_a_line_that_the_api_refuses_keeps_its_place(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, system: System
) -> None:
    refuse_one(monkeypatch, spillway.Unprocessable("invalid-request", "payload: no"))

    refused = terminal.run("submit", "--lines", "-", stdin="1\n2\n3\n")
    documents = terminal.run("submit", "--lines", "-", "--json", stdin="1\n2\n3\n")

    assert refused.exit_code == documents.exit_code == 1
    first, second, third = refused.stdout.splitlines()
    assert (payload_of(system, first), second, payload_of(system, third)) == (1, "", 3)
    assert "line 2: payload: no\n" in refused.stderr
    _, problem, _ = map(json.loads, documents.stdout.splitlines())
    assert (problem["line"], problem["problem"]["detail"]) == (2, "payload: no")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (spillway.Unauthorized("unauthorized", "no key"), 5),
        (spillway.NotFound("no-such-model", "no model"), 3),
        (spillway.Unreachable("no answer"), 6),
        (spillway.TooMany("backlog-full", "full"), 6),
    ],
)
@pytest.mark.usefixtures("system")
def test_what_each_line_would_meet_stops_the_batch(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, error: spillway.SpillwayError, code: int
) -> None:
    refuse_one(monkeypatch, error)

    stopped = terminal.run("submit", "--lines", "-", stdin="1\n2\n3\n")

    assert stopped.exit_code == code
    assert len(stopped.stdout.split()) == 1
    assert f"line 2: {error}; all lines before it were answered" in stopped.stderr


def test_a_bad_line_stops_all(terminal: Terminal, system: System) -> None:
    refused = terminal.run("submit", "--lines", "-", stdin="1\n{\n")

    assert refused.exit_code == 4
    assert "standard input:2 is not JSON" in refused.stderr
    system.assert_untouched()


def test_a_batch_is_more_patient(
    terminal: Terminal, system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    patience_s: list[float | None] = []
    client = Target.client

    def noted(target: Target, **asked: float) -> spillway.Client:
        patience_s.append(asked.get("patience_s"))
        return client(target, **asked)

    monkeypatch.setattr(Target, "client", noted)

    terminal.run("submit", "1")
    terminal.run("submit", "--lines", "-", stdin="1\n")

    assert patience_s == [None, 600]


def refuse_one(monkeypatch: pytest.MonkeyPatch, error: spillway.SpillwayError) -> None:
    """Have the API refuse the payload 2."""
    submit = spillway.Client.submit

    def refusing(client: spillway.Client, payload: object, **asked: Any) -> spillway.Job:
        if payload == 2:
            raise error
        return submit(client, payload, **asked)

    monkeypatch.setattr(spillway.Client, "submit", refusing)
