"""One wake after the other, each of a model that sleeps."""

from __future__ import annotations

import time
from functools import cached_property
from typing import TYPE_CHECKING, Any

from benchmarks.wake import logs
from benchmarks.wake.moments import Moments
from scaling.waking import LOOKS_AFTER_S

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from benchmarks.wake.logs import Line
    from spillway import Job
    from spillway_cli.target import Target

PAYLOAD = {"text": "hello world"}
WITHIN_S = 60
ASK_S = 0.02
"""So late at most a desired count is seen; asking more often would slow down what is measured."""
AFTER_S = 60
"""From a model's wake to its next: alarms look back half a minute, metrics lag a quarter of one,
and what they saw of the last wake must not wake the model in the next one's place."""
LOGGED_S = sum(LOOKS_AFTER_S) + 2
"""The emulator hands on what a function logged once it has ended, and the wake function looks on
for these seconds."""


class Wakes:
    """Wakes models of one system; `tasks` is the folder that holds one for each running task."""

    def __init__(self, target: Target, tasks: Path) -> None:
        self._target = target
        self._tasks = tasks
        self._ecs = target.aws("ecs")
        self._logs = target.aws("logs")
        self._functions = target.aws("lambda")
        self._dynamodb = target.aws("dynamodb")
        self._stack = target.stack_name
        self._woken_s: dict[str, float] = {}

    def wake(self, model: str, *, is_cold: bool) -> Moments:
        """Send a job to a sleeping model; return what happened when."""
        time.sleep(max(0.0, self._woken_s.get(model, -AFTER_S) + AFTER_S - time.monotonic()))
        self._put_to_sleep(model)
        if is_cold:
            self._chill()
        with self._target.client() as client:
            client.models()  # the connection is made before
            job = client.submit(PAYLOAD, model=model)
            answered_ms = _now_ms()
            seen_ms = self._seen(model)
            ended = client.wait(job.job_id, within_s=WITHIN_S).raise_for_status()
        started_ms = self._started(since_ms=logs.instant_ms(ended.document["createdAt"]))
        self._woken_s[model] = time.monotonic()
        time.sleep(LOGGED_S)
        self._put_to_sleep(model)
        return self._moments(ended, answered_ms, seen_ms, started_ms)

    def _put_to_sleep(self, model: str) -> None:
        self._ecs.update_service(
            cluster=self._cluster, service=f"{self._stack}-{model}", desiredCount=0
        )
        _until(lambda: not self._counts(model)["runningCount"])

    def _chill(self) -> None:
        """Have the next invocation start the wake function anew, as any change of it does."""
        name = self._physical("WakeFunction")
        timeout_s = self._functions.get_function_configuration(FunctionName=name)["Timeout"]
        self._functions.update_function_configuration(FunctionName=name, Timeout=timeout_s)

    def _seen(self, model: str) -> int:
        _until(lambda: self._counts(model)["desiredCount"] >= 1, every_s=ASK_S)
        return _now_ms()

    def _started(self, *, since_ms: int) -> int:
        """When the task's process started, by the file that is written then."""
        files = self._tasks.glob("*/pid")
        written_ms = [round(file.stat().st_mtime * 1000) for file in files]
        return min(at_ms for at_ms in written_ms if at_ms >= since_ms)

    def _counts(self, model: str) -> dict[str, int]:
        described = self._ecs.describe_services(
            cluster=self._cluster, services=[f"{self._stack}-{model}"]
        )
        counts: dict[str, int] = described["services"][0]
        return counts

    def _moments(self, job: Job, answered_ms: int, seen_ms: int, started_ms: int) -> Moments:
        model, created_ms = job.model, logs.instant_ms(job.document["createdAt"])

        def said(group: str, begins: str) -> Line:
            found = logs.first(self._lines(group), begins, model=model, since_ms=created_ms)
            if found is None:
                raise SystemExit(f"/{group} did not log {begins!r} for {job.job_id}")
            return found

        woken = said("wake", "woken")
        ready = said(f"worker/{model}", "ready")
        set_ms = logs.at_ms(woken)
        ready_ms = logs.at_ms(ready)
        return Moments(
            created=created_ms,
            gated=self._gated(model),
            invoked=logs.at_ms(said("enqueue", "wakes")),
            answered=answered_ms,
            begun=logs.at_ms(said("wake", "wake asked for")),
            observed=set_ms - woken["ms"]["set"],
            set=set_ms,
            seen=seen_ms,
            started=started_ms,
            loading=ready_ms - sum(ready["ms"].values()),
            ready=ready_ms,
            completed=logs.instant_ms(job.document["completedAt"]),
        )

    def _gated(self, model: str) -> int:
        item = self._dynamodb.get_item(
            TableName=self._physical("JobsTable"), Key={"pk": {"S": f"MODEL#{model}"}}
        )["Item"]
        return int(item["wokenAt"]["N"])

    def _lines(self, group: str) -> list[Line]:
        pages = self._logs.get_paginator("filter_log_events").paginate(
            logGroupName=f"/spillway/{self._stack}/{group}"
        )
        return list(logs.read(event["message"] for page in pages for event in page["events"]))

    def _physical(self, logical_id: str) -> str:
        """Return the name of one of the core stack's resources."""
        found = self._target.aws("cloudformation").describe_stack_resource(
            StackName=self._stack, LogicalResourceId=logical_id
        )
        return str(found["StackResourceDetail"]["PhysicalResourceId"])

    @cached_property
    def _cluster(self) -> str:
        return self._physical("Cluster")


def _until(holds: Callable[[], Any], *, every_s: float = 0.1) -> None:
    deadline_s = time.monotonic() + WITHIN_S
    while not holds():
        if time.monotonic() > deadline_s:
            raise SystemExit(f"not within {WITHIN_S} s")
        time.sleep(every_s)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
