"""What the worker logs: each line about a job names it, so that one search finds its whole way."""

from __future__ import annotations

import asyncio
import io
import json
import logging
from typing import TYPE_CHECKING, Any

import pytest

from spillway.errors import InvalidPayload, PredictionFailed, Unavailable
from spillway.log import JsonFormatter
from tests.unit.worker.loop.bench import Bench, echo
from tests.unit.worker.loop.virtual_time import run

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence

TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
TRACEPARENT = f"00-{TRACE_ID}-b7ad6b7169203331-01"
NAMED = {"tenant": "acme", "model": "m", "traceId": TRACE_ID}


class Lines:
    """The lines that were logged."""

    def __init__(self, stream: io.StringIO) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return (json.loads(line) for line in self._stream.getvalue().splitlines())

    def of(self, job_id: str) -> list[str]:
        """The messages of a job's lines, each of which must name the job in full."""
        lines = [line for line in self if line.get("jobId") == job_id]
        assert all(line.items() >= NAMED.items() for line in lines), lines
        return [line["message"] for line in lines]


@pytest.fixture
def lines() -> Iterator[Lines]:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter({}))
    ours = logging.getLogger("worker")
    level = ours.level
    ours.addHandler(handler)
    ours.setLevel(logging.INFO)
    yield Lines(stream)
    ours.removeHandler(handler)
    ours.setLevel(level)


def test_a_job_s_lines_go_from_its_attempt_to_its_end(lines: Lines) -> None:
    async def scenario() -> None:
        bench = Bench()
        keys = [bench.submit(n, job_id=f"j{n}", traceparent=TRACEPARENT) for n in range(20)]
        async with bench.worker():
            await bench.until_over(*keys)

    run(scenario())
    for n in range(20):
        assert lines.of(f"j{n}") == ["attempt began", "job succeeded"]
    assert {line["status"] for line in lines if line["message"] == "job succeeded"} == {"SUCCEEDED"}


def test_a_retry_says_what_befell_the_attempt_before(lines: Lines) -> None:
    async def scenario() -> None:
        bench = Bench(_fails_first(PredictionFailed("no memory for it")))
        key = bench.submit(1, traceparent=TRACEPARENT)
        async with bench.worker():
            await bench.until_over(key)

    run(scenario())
    assert lines.of("j1") == [
        "attempt began",
        "attempt failed, will be retried",
        "attempt began",
        "job succeeded",
    ]
    assert [line.get("after") for line in lines if line["message"] == "attempt began"] == [
        None,
        "prediction_failed",
    ]


def test_jobs_of_a_batch_that_failed_each_say_so(lines: Lines) -> None:
    async def none_together(payloads: Sequence[Any]) -> list[Any]:
        if len(payloads) > 1:
            raise PredictionFailed("not together")
        return await echo(payloads)

    async def scenario() -> None:
        bench = Bench(none_together)
        keys = [bench.submit(n, job_id=f"j{n}", traceparent=TRACEPARENT) for n in range(2)]
        async with bench.worker():
            await bench.until_over(*keys)

    run(scenario())
    for job_id in ("j0", "j1"):
        assert lines.of(job_id) == [
            "attempt began",
            "its batch failed, runs alone",
            "job succeeded",
        ]


def test_what_a_model_logs_of_a_job_that_runs_alone_names_it(lines: Lines) -> None:
    async def talkative(payloads: Sequence[Any]) -> list[Any]:
        logging.getLogger("worker.model").info("thinking")
        return await echo(payloads)

    async def scenario() -> None:
        bench = Bench(talkative)
        async with bench.worker():
            await bench.until_over(bench.submit(1, traceparent=TRACEPARENT))

    run(scenario())
    assert lines.of("j1") == ["attempt began", "thinking", "job succeeded"]


def test_a_job_that_fails_says_why(lines: Lines) -> None:
    async def scenario() -> None:
        bench = Bench(_fails_first(InvalidPayload("not a text")))
        async with bench.worker():
            await bench.until_over(bench.submit(1, traceparent=TRACEPARENT))

    run(scenario())
    assert lines.of("j1") == ["attempt began", "job failed"]
    assert [line.get("error") for line in lines] == [None, "invalid_payload"]


def test_a_job_whose_time_is_over_says_that_it_expired(lines: Lines) -> None:
    async def scenario() -> None:
        bench = Bench()
        key = bench.submit(1, ttlSeconds=60, traceparent=TRACEPARENT)
        await asyncio.sleep(61)
        async with bench.worker():
            await bench.until_over(key)

    run(scenario())
    assert lines.of("j1") == ["job expired"]


def test_a_message_whose_job_is_over_is_dropped_in_so_many_words(lines: Lines) -> None:
    async def scenario() -> None:
        bench = Bench()
        key = bench.submit(1, traceparent=TRACEPARENT)
        bench.cancel(key)
        async with bench.worker():
            await bench.until_over(key)
            await asyncio.sleep(1)

    run(scenario())
    assert lines.of("j1") == ["message dropped, its job is over"]


def test_a_job_that_is_left_to_the_queue_is_named(lines: Lines) -> None:
    async def scenario() -> None:
        bench = Bench()
        key = bench.submit(1, traceparent=TRACEPARENT)
        bench.jobs.faults = [Unavailable("dependency-unavailable", "DynamoDB did not answer")]
        async with bench.worker():
            await bench.until_over(key)

    run(scenario())
    assert lines.of("j1") == ["left to the queue", "attempt began", "job succeeded"]


def _fails_first(error: Exception) -> Callable[[Sequence[Any]], Awaitable[list[Any]]]:
    faults = [error]

    async def compute(payloads: Sequence[Any]) -> list[Any]:
        if faults:
            raise faults.pop()
        return await echo(payloads)

    return compute
