from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from spillway_cli.exits import CommandFailed
from spillway_cli.logs import command
from spillway_cli.logs.query import Query
from spillway_cli.logs.source import LATE_MS, Follower, Groups, Line
from spillway_cli.target import Target

if TYPE_CHECKING:
    from collections.abc import Iterator

T0 = 1_800_000_000_000
JOB = {"jobId": "j1", "tenant": "acme", "model": "default", "traceId": "0af7"}


@dataclass
class CloudWatch:
    """CloudWatch Logs with these events by group, two a page. It takes no pattern for a filter."""

    groups: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    asked: list[dict[str, Any]] = field(default_factory=list)

    def put(self, group: str, at_ms: int, said: dict[str, Any] | str) -> None:
        text = said if isinstance(said, str) else json.dumps(said)
        events = self.groups.setdefault(f"/spillway/s/{group}", [])
        event_id = f"{group}-{len(events)}"
        events.append(
            {
                "timestamp": at_ms,
                "message": f"{text}\n",
                "logStreamName": "stream",
                "eventId": event_id,
            }
        )

    def get_paginator(self, operation: str) -> Any:
        pages = {"describe_log_groups": self._names, "filter_log_events": self._events}
        return type("Pages", (), {"paginate": staticmethod(pages[operation])})

    def _names(self, **asked: str) -> Iterator[dict[str, Any]]:
        for name in self.groups:
            if name.startswith(asked["logGroupNamePrefix"]):
                yield {"logGroups": [{"logGroupName": name}]}

    def _events(self, **asked: Any) -> Iterator[dict[str, Any]]:
        self.asked.append(asked)
        events = [
            event
            for event in self.groups[asked["logGroupName"]]
            if event["timestamp"] >= asked["startTime"]
        ]
        yield {"events": []}
        for start in range(0, len(events), 2):
            yield {"events": events[start : start + 2]}


@pytest.fixture
def cloudwatch() -> CloudWatch:
    """A job's way, between lines of others."""
    there = CloudWatch()
    accepted = {"level": "INFO", "message": "accepted", "requestId": "r1", **JOB}
    there.put("enqueue", T0 + 9, {"time": "2027-01-15T08:00:00.002Z", **accepted})
    there.put("enqueue", T0 + 10, accepted | {"jobId": "j2", "requestId": "r2"})
    there.put("worker/default", T0 + 5, {"level": "INFO", "message": "attempt began", **JOB})
    there.put("worker/default", T0 + 8, "a library's own line")
    there.put(
        "worker/default",
        T0 + 12,
        {"level": "INFO", "message": "job succeeded", "status": "SUCCEEDED", **JOB},
    )
    there.put("access", T0 + 11, {"requestId": "r1", "route": "/jobs", "status": "202"})
    there.put("access", T0 + 11, {"requestId": "r2", "route": "/jobs", "status": "202"})
    return there


@pytest.fixture
def run(cloudwatch: CloudWatch, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(Target, "aws", lambda _self, service: {"logs": cloudwatch}[service])
    monkeypatch.setattr(command, "_now_ms", lambda: T0 + 20)
    monkeypatch.setattr("time.sleep", lambda _s: None)
    return lambda *words: CliRunner().invoke(command.logs, [*words, "--stack", "s"])


def test_a_job_is_followed_from_its_request_to_its_result(run: Any) -> None:
    done = run("--job", "j1")

    assert done.exit_code == 0
    heading, *lines = done.output.splitlines()
    assert heading == "jobId j1  tenant acme  model default  traceId 0af7"
    assert [line.split()[1] for line in lines] == [
        "enqueue",
        "worker/default",
        "access",
        "worker/default",
    ]
    assert lines[0].startswith("2027-01-15T08:00:00.002")
    assert lines[0].endswith("INFO      accepted  requestId=r1")
    assert lines[2].endswith("/jobs  requestId=r1  route=/jobs  status=202")


def test_for_programs_each_line_is_an_object_that_says_where_it_was_written(run: Any) -> None:
    done = run("--job", "j1", "--json")

    lines = [json.loads(line) for line in done.output.splitlines()]
    assert {line["traceId"] for line in lines if line["logGroup"] != "access"} == {"0af7"}
    assert lines[0]["time"] == "2027-01-15T08:00:00.002Z"
    assert [line["stream"] for line in lines] == ["stream"] * 4


def test_without_a_job_every_line_but_the_access_logs_is_printed(run: Any) -> None:
    done = run("--since", "1m")

    assert [line.split()[1] for line in done.output.splitlines()] == [
        "worker/default",
        "worker/default",
        "enqueue",
        "enqueue",
        "worker/default",
    ]
    assert "a library's own line" in done.output


def test_a_job_of_which_nothing_was_written_is_not_found(run: Any) -> None:
    done = run("--job", "nobody")

    assert isinstance(done.exception, CommandFailed)
    assert done.exception.exit_code == 3
    assert str(done.exception) == ("no line names job nobody: give --since to look further back")


@pytest.mark.parametrize("job", ['j" || $.tenant = "globex', "j1 j2", ""])
def test_what_could_not_be_a_name_never_reaches_a_pattern(run: Any, job: str) -> None:
    done = run("--job", job)

    assert done.exit_code == 2
    assert "expected text that matches" in done.output


def test_following_ends_when_the_job_is_over(run: Any) -> None:
    done = run("--job", "j1", "--follow")

    assert done.exit_code == 0
    assert len(done.output.splitlines()) == 5


def test_an_id_of_several_tenants_is_said_to_be_and_followed_to_the_last_end(
    run: Any, cloudwatch: CloudWatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = {**JOB, "tenant": "globex"}
    ended = {"message": "job failed", "status": "FAILED"}
    cloudwatch.put("enqueue", T0 + 11, {"message": "accepted", **others})
    later = iter([{"message": "still at it"}, ended, {"message": "answered"}])
    monkeypatch.setattr(
        "time.sleep", lambda _s: cloudwatch.put("enqueue", T0 + 15, {**next(later), **others})
    )

    done = run("--job", "j1", "--follow")

    assert done.exit_code == 0
    assert done.stderr.splitlines()[1:] == [
        "j1 is a job of several tenants: acme, globex; give --tenant"
    ]
    assert "job failed" in done.stdout


def test_a_tenant_s_job_is_followed_to_its_own_end(run: Any, cloudwatch: CloudWatch) -> None:
    cloudwatch.put("enqueue", T0 + 11, {"message": "accepted", **JOB, "tenant": "globex"})

    done = run("--job", "j1", "--tenant", "acme", "--follow")

    assert done.exit_code == 0
    assert "several tenants" not in done.stderr
    assert len(done.stdout.splitlines()) == 4


def test_an_exception_is_shown_below_its_line(run: Any, cloudwatch: CloudWatch) -> None:
    said = {"type": "KeyError", "stack": ["a.py:3 f", "b.py:4 g"], "cause": "ValueError"}
    cloudwatch.put("api", T0, {"level": "ERROR", "message": "failed", "exception": said})

    done = run("--level", "error")

    assert done.output.splitlines()[0].endswith("ERROR     failed")
    assert done.output.splitlines()[1:] == [
        "    type=KeyError  cause=ValueError",
        "    a.py:3 f",
        "    b.py:4 g",
    ]


def test_a_model_s_words_do_not_steer_the_terminal(run: Any, cloudwatch: CloudWatch) -> None:
    cloudwatch.put("worker/default", T0, "\x1b[2J gone")

    assert "\\x1b[2J gone" in run().output


def test_a_stack_without_logs_is_not_found() -> None:
    with pytest.raises(CommandFailed, match="there are no log groups /spillway/other/"):
        Groups(CloudWatch({"/spillway/s/api": []}), "other")


def test_what_is_asked_is_bounded_in_time_and_filtered_by_the_service(
    cloudwatch: CloudWatch,
) -> None:
    list(Groups(cloudwatch, "s").lines(Query(job="j1"), T0))

    assert {each["startTime"] for each in cloudwatch.asked} == {T0}
    assert {each["filterPattern"] for each in cloudwatch.asked} == {
        '{ ($.jobId = "j1" || $.retryOf = "j1") }'
    }


class Time:
    """A clock that sleeping moves, and at which lines appear."""

    def __init__(self) -> None:
        self.now_ms = T0
        self.lines: list[tuple[int, Line]] = []

    def __call__(self) -> int:
        return self.now_ms

    def sleep(self, seconds: float) -> None:
        self.now_ms += round(seconds * 1000)

    def appear(self, at_ms: int, event_id: str, *, said_ms: int, **fields: Any) -> None:
        self.lines.append((at_ms, Line(said_ms, "api", "s", event_id, {"jobId": "j1", **fields})))

    def read(self, start_ms: int) -> list[Line]:
        return [
            line for at_ms, line in self.lines if at_ms <= self.now_ms and line.at_ms >= start_ms
        ]


def test_each_line_is_told_once_however_late_it_comes() -> None:
    time = Time()
    time.appear(T0, "a", said_ms=T0)
    time.appear(T0 + 25_000, "late", said_ms=T0 + 1)
    time.appear(T0 + 90_000, "b", said_ms=T0 + 90_000)
    time.appear(T0 + 200_000, "end", said_ms=T0 + 200_000, status="FAILED")
    time.appear(T0 + 201_000, "after", said_ms=T0 + 199_000)

    told = Follower(time.read, clock=time, sleep=time.sleep).lines(T0, job="j1")

    assert [line.event_id for line in told] == ["a", "late", "b", "end", "after"]


def test_what_is_read_again_and_again_stays_bounded() -> None:
    time = Time()
    for n in range(1000):
        time.appear(T0 + n * 1000, str(n), said_ms=T0 + n * 1000)
    time.appear(T0 + 1_000_000, "end", said_ms=T0 + 1_000_000, status="FAILED")
    follower = Follower(time.read, clock=time, sleep=time.sleep)

    told = list(follower.lines(T0, job="j1"))

    assert len(told) == 1001
    assert len(follower._seen) <= 2 * LATE_MS / 1000 + 2
