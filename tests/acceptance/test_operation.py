"""What an operator sees and does from a terminal, on the running system."""

from __future__ import annotations

import json
import time
import uuid
from typing import TYPE_CHECKING, Any

import pytest

from spillway_cli.exits import Exit
from spillway_cli.logs.query import ends
from spillway_cli.target import Options, resolve
from tests.acceptance.shell import Shell
from tools.dashboard.drawing import draw
from tools.dashboard.reading import Dashboard, Span
from tools.dashboard.sampling import Call, Calls, Sampler

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.acceptance.system import Caller, System


UNRULY = "--model=unruly"


@pytest.fixture(scope="module")
def operator(system: System, tmp_path_factory: pytest.TempPathFactory) -> Shell:
    return Shell.at(system, tmp_path_factory.mktemp("operator"))


def until[T](look: Callable[[], T], is_there: Callable[[T], bool], within_s: float = 20) -> T:
    """Look until it is there: what a worker writes reaches its log group a moment later."""
    deadline_s = time.monotonic() + within_s
    while not is_there(seen := look()):
        assert time.monotonic() < deadline_s, seen
        time.sleep(0.5)
    return seen


def lines_to_the_end(operator: Shell, job_id: str) -> list[dict[str, Any]]:
    return until(
        lambda: operator.documents("logs", "--job", job_id),
        lambda lines: bool(lines) and ends(lines[-1], job_id),
    )


def letter_of(operator: Shell, job_id: str) -> Any:
    listed = operator.documents("dead-letters", "list", UNRULY)
    return next(each for each in listed if each["jobId"] == job_id)


# --- logs


def test_a_jobs_lines_from_request_to_result_are_found_by_one_id(
    caller: Caller, operator: Shell
) -> None:
    trace_id = uuid.uuid4().hex
    headers = {"traceparent": f"00-{trace_id}-b7ad6b7169203331-01"}
    job_id = caller.submit({"text": "whose lines are these?"}, headers=headers)["jobId"]
    caller.until(job_id)

    lines = lines_to_the_end(operator, job_id)

    assert [(line["logGroup"], line["message"]) for line in lines] == [
        ("enqueue", "accepted"),
        ("worker/default", "attempt began"),
        ("worker/default", "job succeeded"),
    ]
    for line in lines:
        assert line["jobId"] == job_id
        assert (line["tenant"], line["model"], line["traceId"]) == ("demo", "default", trace_id)
    traced = operator.documents("logs", "--trace", trace_id, "--since", "1h")
    # A request may wake its model too, which is a line of the trace, and of no job.
    assert [line for line in traced if line["message"] != "wakes"] == lines


def test_a_request_without_a_trace_gets_one_that_goes_all_the_way(
    caller: Caller, operator: Shell
) -> None:
    job_id = caller.submit({"text": "no trace of it"})["jobId"]
    caller.until(job_id)

    lines = lines_to_the_end(operator, job_id)

    [trace_id] = {line["traceId"] for line in lines}
    assert len(trace_id) == 32


def test_a_job_that_is_cancelled_and_its_retry_are_one_story(
    caller: Caller, operator: Shell
) -> None:
    job_id = caller.submit(1, model="asleep")["jobId"]
    caller.post(f"/jobs/{job_id}/cancel")
    again = caller.post(f"/jobs/{job_id}/retry").json()["jobId"]

    lines = until(
        lambda: operator.documents("logs", "--job", job_id), lambda lines: len(lines) == 3
    )

    assert [(line["logGroup"], line["message"]) for line in lines] == [
        ("enqueue", "accepted"),
        ("api", "cancelled"),
        ("api", "accepted"),
    ]
    assert (lines[2]["jobId"], lines[2]["retryOf"]) == (again, job_id)


def test_following_a_job_ends_with_it(caller: Caller, operator: Shell) -> None:
    job_id = caller.submit({"say": "done", "sleep_s": 3}, model="unruly")["jobId"]

    done = operator.spillway("logs", "--job", job_id, "--follow", "--since", "5m")

    assert done.code == 0, done.err
    assert [line.split("  ")[-1] for line in done.out.splitlines()][-1] == "attempt=1"
    assert "job succeeded" in done.out
    assert caller.job(job_id)["status"] == "SUCCEEDED"


def test_a_models_traceback_is_the_jobs_that_it_failed(caller: Caller, operator: Shell) -> None:
    job_id = caller.submit({"fail": "on purpose"}, model="unruly")["jobId"]
    caller.until(job_id)

    lines = lines_to_the_end(operator, job_id)

    raised = [line for line in lines if line["message"] == "the model raised"]
    assert len(raised) == 2, "once for each attempt"
    assert raised[0]["exception"]["type"] == "RuntimeError"
    assert raised[0]["exception"]["stack"][-1].startswith("unruly.py:")
    assert [line["error"] for line in lines if line.get("status") == "FAILED"] == [
        "prediction_failed"
    ]


def test_a_job_of_which_nothing_is_known_is_not_found(operator: Shell) -> None:
    done = operator.spillway("logs", "--job", "nobody-knows-it")

    assert (done.code, done.out) == (Exit.NOT_FOUND, "")
    assert done.err.startswith("spillway: no line names job nobody-knows-it")


# --- dead-letters


def test_a_dead_letter_is_looked_at_and_its_job_run_again_and_answered(
    caller: Caller, operator: Shell, tmp_path: Path
) -> None:
    cause = tmp_path / "mended"
    payload = {"say": "at last", "needs": str(cause)}
    job_id = caller.submit(payload, model="unruly")["jobId"]
    assert caller.until(job_id)["status"] == "FAILED"

    listed = letter_of(operator, job_id)
    assert (listed["tenant"], listed["model"]) == ("demo", "unruly")
    assert (listed["reason"], listed["status"]) == ("prediction_failed", "FAILED")
    assert listed["attempts"] == 2

    [shown] = operator.documents("dead-letters", "show", job_id, UNRULY)
    assert shown["job"]["error"]["message"] == "RuntimeError: what it needs is not there"
    assert json.loads(shown["body"])["payload"] == payload

    [foretold] = operator.documents("dead-letters", "redrive", "--job", job_id, UNRULY, "--dry-run")
    assert (foretold["done"], foretold["dryRun"]) == ("run again", True)
    assert caller.http.get(f"/jobs/{foretold['newJobId']}").status_code == 404

    cause.touch()
    [done] = operator.documents("dead-letters", "redrive", "--job", job_id, UNRULY)
    assert done["newJobId"] == foretold["newJobId"]
    job = caller.until(done["newJobId"])
    assert (job["status"], job["retryOf"]) == ("SUCCEEDED", job_id)
    assert caller.result(done["newJobId"]) == "at last"
    again = operator.spillway("dead-letters", "redrive", "--job", job_id, UNRULY)
    assert again.code == Exit.NOT_FOUND


def test_redriving_what_was_redriven_already_makes_no_second_job(
    caller: Caller, operator: Shell, system: System
) -> None:
    job_id = caller.submit({"fail": "each time"}, model="unruly")["jobId"]
    caller.until(job_id)
    [body] = [it["Body"] for it in system.dead_letters("unruly") if job_id in it["Body"]]
    [first] = operator.documents("dead-letters", "redrive", "--job", job_id, UNRULY)

    # As if the command had been killed before it deleted the letter.
    sqs = system.aws("sqs")
    sqs.send_message(QueueUrl=system.dead_letter_url("unruly"), MessageBody=body)
    [second] = operator.documents("dead-letters", "redrive", "--job", job_id, UNRULY)

    assert second["newJobId"] == first["newJobId"]
    again = [job for job in caller.jobs(model="unruly") if job.get("retryOf") == job_id]
    assert [job["jobId"] for job in again] == [first["newJobId"]]


def test_a_letter_of_a_job_that_still_waits_goes_back_into_its_queue(
    caller: Caller, operator: Shell, system: System
) -> None:
    job_id = caller.submit(1, model="asleep")["jobId"]
    before = system.backlog("asleep")
    _move_to_dead_letters(system, "asleep", job_id)
    assert system.backlog("asleep") == before - 1

    [listed] = operator.documents("dead-letters", "list", "--model", "asleep")
    assert (listed["jobId"], listed["status"]) == (job_id, "QUEUED")
    assert listed["reason"] == "moved_by_sqs"
    [done] = operator.documents("dead-letters", "redrive", "--all", "--model", "asleep")

    assert (done["jobId"], done["done"], done["newJobId"]) == (job_id, "sent back", None)
    assert system.backlog("asleep") == before
    assert operator.documents("dead-letters", "list", "--model", "asleep") == []


def test_what_is_no_message_stays_until_it_is_to_be_discarded(
    operator: Shell, system: System
) -> None:
    text = f"hello {uuid.uuid4()}"
    system.aws("sqs").send_message(QueueUrl=system.queue_url("unruly"), MessageBody=text)

    def letters() -> list[dict[str, Any]]:
        return operator.documents("dead-letters", "list", "--reason=malformed_message", UNRULY)

    [letter] = until(letters, bool)
    message_id = letter["messageId"]
    [shown] = operator.documents("dead-letters", "show", message_id, UNRULY)
    assert shown["body"] == text

    [left] = operator.documents("dead-letters", "redrive", "--message", message_id, UNRULY)
    assert (left["done"], len(letters())) == ("left", 1)
    [gone] = operator.documents(
        "dead-letters", "redrive", "--message", message_id, UNRULY, "--discard"
    )
    assert (gone["done"], letters()) == ("discarded", [])


def _move_to_dead_letters(system: System, model: str, job_id: str) -> None:
    """As SQS does after `MaxReceives`: the message as it is, and no reason."""
    sqs, url = system.aws("sqs"), system.queue_url(model)
    others = []
    for message in iter(lambda: _received(sqs, url), None):
        if job_id in message["Body"]:
            sqs.send_message(QueueUrl=system.dead_letter_url(model), MessageBody=message["Body"])
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            break
        others.append(message["ReceiptHandle"])
    for receipt in others:
        sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=receipt, VisibilityTimeout=0)


def _received(sqs: Any, url: str) -> Any:
    answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=1, VisibilityTimeout=30)
    return next(iter(answer.get("Messages", [])), None)


# --- the dashboard


def test_the_dashboard_is_measured_and_drawn(
    caller: Caller, system: System, tmp_path: Path
) -> None:
    target = resolve(Options(), {"LOCAL_DIR": str(system.folder)})
    calls = Calls()
    sampler = Sampler(target, system.folder, calls)
    caller.until(caller.submit({"text": "to be measured"})["jobId"])
    calls.add(Call(is_submission=True, status=202, latency_ms=12.5))
    now_s = time.time()

    sampler.sample(round(now_s * 1000))

    start_s = int(now_s) // 60 * 60
    span = Span(start_s - 60, start_s + 60)
    shown = {each.widget.title: each for each in Dashboard(target).shown(span)}
    points = {
        (title, series.label): series.points.get(start_s)
        for title, each in shown.items()
        for series in each.series
    }
    assert points["1. Requests a minute", "all"] == 1
    assert points["1. Time to answer, ms", "p50"] == 12.5
    assert points["2. Waiting messages, by queue", f"{system.stack}_default"] == 0
    assert points["2. Jobs table: write units, throttles", "write units"] is not None
    assert (points["3. Tasks running, by service", f"{system.stack}-default"] or 0) >= 1
    assert (points["3. Workers: memory, %", f"{system.stack}-default"] or 0) > 0
    assert (shown["Alarms"].states or {})[f"{system.stack}-api-errors"] == "OK"

    picture = tmp_path / "dashboard.svg"
    draw(list(shown.values()), span, heading="now", caption="here", to=picture)
    assert ">3. Workers: CPU, %<" in picture.read_text()
