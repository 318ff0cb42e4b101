"""What AWS's services tell CloudWatch of themselves and an emulator does not: measured, put there.

Each metric is measured as AWS defines it, as far as it shows on this machine; METHODS says how, and
goes below the picture.
"""

from __future__ import annotations

import re
import threading
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import batched, groupby
from typing import TYPE_CHECKING, Any

from spillway.aws.registry import SsmRegistry
from spillway_cli.logs.query import OVER, Query
from spillway_cli.logs.source import Groups
from tools.dashboard.tasks import Tasks
from tools.dashboard.units import write_units

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from spillway_cli.logs.source import Line
    from spillway_cli.target import Target

METHODS = """
How it was measured: requests, answers and latency by the program that sent them. Messages waiting,
in work and dead: each queue's own attributes, every 5 s. Jobs in and out, age of the oldest, jobs
that ended: from the log lines of the functions and workers, a job being in its queue from
`accepted` to its end; deliveries in and out from the lines of who sends and who ends them. Faults:
the lines of errors. Executions at once: from the times and durations in the functions' REPORT
lines. Errors: answers 502, which the gateway gives where a function failed. Write units: one for
each KiB of the larger image of each record in the jobs table's stream; the other table has none.
CPU and memory: /proc of each worker process, once a minute, against its task's size. The emulator
throttles nothing, and tells no age of what the outbox reads: hence neither. Alarms: their own
rules, applied at the end to what was measured.
"""
LOOK_BACK_MS = 15_000
FUNCTIONS = {
    "enqueue": "EnqueueFunction",
    "api": "ApiFunction",
    "reconcile": "ReconcileFunction",
    "scaler": "ScalerFunction",
    "wake": "WakeFunction",
    "outbox": "OutboxFunction",
    "deliver": "DeliverFunction",
    "deliveries": "DeliveriesApiFunction",
}
DROPPED = "message dropped, its job is over"
"""Said in the place of the end by who finds the message of a worker that was killed after it."""

ASKED_FOR = ("redelivering", "trying a webhook")
"""Said by the function for deliveries of each message that it sends."""
FAULTS = {"outbox": "OutboxFaults", "deliver": "DeliverFaults"}
"""Metrics that the template's filters make of the lines of these groups."""
ENDED = ("delivered", "gave up")
"""Said by the one who delivers of each message that it is done with."""

_FAILED = 502
"""What the gateway answers where a function raised or ended."""
_REPORT = re.compile(r"REPORT RequestId: \S+\s+Duration: ([\d.]+) ms")


@dataclass(frozen=True, slots=True)
class Datum:
    """Values of one metric at one time."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...]
    values: Sequence[float]


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the API, as its caller saw it."""

    is_submission: bool
    status: int
    latency_ms: float


@dataclass
class Calls:
    """What the callers did since they were last asked."""

    _done: list[Call] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, call: Call) -> None:
        """Note a call."""
        with self._lock:
            self._done.append(call)

    def taken(self) -> list[Call]:
        """The calls since this was last called."""
        with self._lock:
            done, self._done = self._done, []
        return done


@dataclass
class Ledger:
    """Which jobs are in their queues, by the lines that were logged about them."""

    _since_ms: dict[str, tuple[str, int]] = field(default_factory=dict)
    _over: set[str] = field(default_factory=set)

    def book(self, lines: Sequence[Line]) -> tuple[Counter[str], Counter[str]]:
        """Read further lines; how many jobs came and how many went, by model.

        A function's lines appear when it has answered, which may be after its job's end.
        """
        came, went = Counter[str](), Counter[str]()
        for line in lines:
            job, model = str(line.fields.get("jobId")), str(line.fields.get("model"))
            if line.fields.get("message") == "accepted":
                came[model] += 1
                if job not in self._over:
                    self._since_ms[job] = (model, line.at_ms)
            elif _is_over(line) and job not in self._over:
                went[model] += 1
                self._over.add(job)
                self._since_ms.pop(job, None)
        return came, went

    def oldest_ms(self, model: str) -> int | None:
        """Since when the longest of a model's jobs has been there."""
        return min((at for of, at in self._since_ms.values() if of == model), default=None)


def _is_over(line: Line) -> bool:
    return line.fields.get("status") in OVER or line.fields.get("message") == DROPPED


class Sampler:
    """Measures one local system, and puts what it finds into its CloudWatch."""

    def __init__(self, target: Target, folder: Path, calls: Calls) -> None:
        self._target = target
        self._stack = target.stack_name
        self._delivery_queue = f"{self._stack}-delivery"
        self._calls = calls
        self._ledger = Ledger()
        self._groups = Groups(target.aws("logs"), self._stack)
        self._sqs, self._cloudwatch = target.aws("sqs"), target.aws("cloudwatch")
        self._models = [each.model for each in SsmRegistry(target.aws("ssm"), self._stack).models()]
        self._functions = {name: self._physical(id_) for name, id_ in FUNCTIONS.items()}
        self._tasks = Tasks(target, folder)
        self._stream = Stream(target)
        self._seen: set[str] = set()

    def sample(self, now_ms: int) -> None:
        """Measure everything once."""
        lines = self._fresh_lines(now_ms)
        data = [
            *self._api(),
            *self._lambda(lines),
            *self._queues(),
            *self._jobs(lines, now_ms),
            *self._deliveries(lines),
            *self._faults(lines),
            *self._table(),
            *self._services(now_ms),
        ]
        by_namespace = sorted(data, key=lambda each: each.namespace)
        for namespace, some in groupby(by_namespace, lambda each: each.namespace):
            entries = [_entry(datum, now_ms) for datum in some if datum.values]
            for part in batched(entries, 500, strict=False):
                self._cloudwatch.put_metric_data(Namespace=namespace, MetricData=part)

    def _fresh_lines(self, now_ms: int) -> list[Line]:
        lines = list(self._groups.lines(Query(), now_ms - LOOK_BACK_MS))
        fresh = [line for line in lines if line.event_id not in self._seen]
        self._seen = {line.event_id for line in lines}
        return fresh

    def _api(self) -> Iterator[Datum]:
        calls, at = self._calls.taken(), (("ApiName", self._stack), ("Stage", "v1"))
        for name, values in (
            ("Count", [1] * len(calls)),
            ("4XXError", [each.status // 100 == 4 for each in calls]),
            ("5XXError", [each.status // 100 == 5 for each in calls]),
            ("Latency", [each.latency_ms for each in calls]),
        ):
            yield Datum("AWS/ApiGateway", name, at, values)
        for function, is_submission in (("enqueue", True), ("api", False)):
            its = [each for each in calls if each.is_submission is is_submission]
            errors = [each.status == _FAILED for each in its]
            yield Datum("AWS/Lambda", "Errors", self._function(function), errors)

    def _lambda(self, lines: Sequence[Line]) -> Iterator[Datum]:
        for name in self._functions:
            reports = [
                (line.at_ms, float(match[1]))
                for line in lines
                if line.group == name and (match := _REPORT.search(str(line.fields.get("message"))))
            ]
            if reports:
                at = self._function(name)
                yield Datum("AWS/Lambda", "Invocations", at, [1] * len(reports))
                yield Datum("AWS/Lambda", "Duration", at, [ms for _, ms in reports])
                yield Datum("AWS/Lambda", "ConcurrentExecutions", at, [most_at_once(reports)])

    def _queues(self) -> Iterator[Datum]:
        for queue in self._queue_names():
            url = self._sqs.get_queue_url(QueueName=queue)["QueueUrl"]
            counts = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
            visible, hidden = (
                int(counts["Attributes"][f"ApproximateNumberOfMessages{part}"])
                for part in ("", "NotVisible")
            )
            at = (("QueueName", queue),)
            yield Datum("AWS/SQS", "ApproximateNumberOfMessagesVisible", at, [visible])
            yield Datum("AWS/SQS", "ApproximateNumberOfMessagesNotVisible", at, [hidden])

    def _queue_names(self) -> Iterator[str]:
        for model in self._models:
            yield from (f"{self._stack}_{model}", f"{self._stack}_{model}_dlq")
        yield from (self._delivery_queue, f"{self._delivery_queue}-dlq")
        yield f"{self._stack}-outbox-dlq"

    def _jobs(self, lines: Sequence[Line], now_ms: int) -> Iterator[Datum]:
        came, went = self._ledger.book(lines)
        for model in self._models:
            at = (("QueueName", f"{self._stack}_{model}"),)
            oldest_ms = self._ledger.oldest_ms(model)
            age_s = 0 if oldest_ms is None else (now_ms - oldest_ms) / 1000
            yield Datum("AWS/SQS", "NumberOfMessagesSent", at, [came[model]])
            yield Datum("AWS/SQS", "NumberOfMessagesDeleted", at, [went[model]])
            yield Datum("AWS/SQS", "ApproximateAgeOfOldestMessage", at, [age_s])

    def _deliveries(self, lines: Sequence[Line]) -> Iterator[Datum]:
        came, went = deliveries(lines)
        at = (("QueueName", self._delivery_queue),)
        yield Datum("AWS/SQS", "NumberOfMessagesSent", at, [came])
        yield Datum("AWS/SQS", "NumberOfMessagesDeleted", at, [went])

    def _faults(self, lines: Sequence[Line]) -> Iterator[Datum]:
        for group, name in FAULTS.items():
            yield Datum(f"Spillway/{self._stack}", name, (), faults(lines, group))

    def _table(self) -> Iterator[Datum]:
        at = (("TableName", self._stream.table),)
        yield Datum("AWS/DynamoDB", "ConsumedWriteCapacityUnits", at, self._stream.units())

    def _services(self, now_ms: int) -> Iterator[Datum]:
        used = defaultdict[tuple[str, str], list[float]](list)
        for usage in self._tasks.usages(now_ms / 1000):
            used[usage.service, "CPUUtilization"].append(usage.cpu_percent)
            used[usage.service, "MemoryUtilization"].append(usage.memory_percent)
        for (service, name), values in used.items():
            at = (("ClusterName", self._tasks.cluster), ("ServiceName", service))
            yield Datum("AWS/ECS", name, at, values)

    def _function(self, name: str) -> tuple[tuple[str, str], ...]:
        return (("FunctionName", self._functions[name]),)

    def _physical(self, logical_id: str) -> str:
        found = self._target.aws("cloudformation").describe_stack_resource(
            StackName=self._stack, LogicalResourceId=logical_id
        )
        return str(found["StackResourceDetail"]["PhysicalResourceId"])


class Stream:
    """The jobs table's stream, read on and on."""

    def __init__(self, target: Target) -> None:
        self.table = target.output("JobsTable")
        self._streams = target.aws("dynamodbstreams")
        [stream] = self._streams.list_streams(TableName=self.table)["Streams"]
        described = self._streams.describe_stream(StreamArn=stream["StreamArn"])
        self._iterators = [
            self._streams.get_shard_iterator(
                StreamArn=stream["StreamArn"], ShardId=shard["ShardId"], ShardIteratorType="LATEST"
            )["ShardIterator"]
            for shard in described["StreamDescription"]["Shards"]
        ]

    def units(self) -> list[float]:
        """The write units of each write since this was last called."""
        found: list[float] = []
        for number, iterator in enumerate(self._iterators):
            answer = self._streams.get_records(ShardIterator=iterator)
            self._iterators[number] = answer.get("NextShardIterator", iterator)
            found += [write_units(record["dynamodb"]) for record in answer["Records"]]
        return found


def deliveries(lines: Sequence[Line]) -> tuple[int, int]:
    """How many messages were put into the deliveries' queue, and how many were done with."""
    came = sum(int(line.fields.get("deliveries", 0)) for line in lines if line.group == "outbox")
    came += sum(_says(line, "deliveries", ASKED_FOR) for line in lines)
    return came, sum(_says(line, "deliver", ENDED) for line in lines)


def faults(lines: Sequence[Line], group: str) -> list[int]:
    """A 1 for each line of a group that is an error."""
    return [1 for line in lines if line.group == group and line.fields.get("level") == "ERROR"]


def _says(line: Line, group: str, messages: Sequence[str]) -> bool:
    return line.group == group and line.fields.get("message") in messages


def most_at_once(reports: Sequence[tuple[int, float]]) -> int:
    """The most executions that overlapped, each given by its end and its length in ms."""
    edges = [(end - length, 1) for end, length in reports] + [(end, -1) for end, _ in reports]
    most = now = 0
    for _, step in sorted(edges, key=lambda edge: (edge[0], edge[1])):
        now += step
        most = max(most, now)
    return most


def _entry(datum: Datum, now_ms: int) -> dict[str, Any]:
    counts = Counter(float(value) for value in datum.values)
    return {
        "MetricName": datum.name,
        "Dimensions": [{"Name": name, "Value": value} for name, value in datum.dimensions],
        "Timestamp": now_ms / 1000,
        "Values": list(counts),
        "Counts": [float(count) for count in counts.values()],
    }
