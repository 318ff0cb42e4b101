"""Log lines from CloudWatch Logs: of all of a stack's groups, in the order of time."""

from __future__ import annotations

import heapq
import json
from dataclasses import dataclass
from itertools import batched
from typing import TYPE_CHECKING, Any, Protocol

from spillway.view import instant
from spillway_cli.exits import CommandFailed, Exit
from spillway_cli.logs.query import ACCESS, IDS_A_PATTERN, Ending, Query

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from spillway.ports import Clock

POLL_S = 2.0
"""Between two looks; an account may make 5 to 25 FilterLogEvents calls a second, by region."""
LATE_MS = 30_000
"""How much later than its time a line may still come: ECS and Lambda send them in batches."""


class CloudWatchLogs(Protocol):
    """What is used of boto3's client `logs`."""

    def get_paginator(self, operation: str) -> Any:  # noqa: ANN401 - untyped without its stubs
        """Return a paginator."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line. `group` is its log group's name below the stack's.

    `fields` is what it says; of a line that is no JSON object, its text as `message`.
    """

    at_ms: int
    group: str
    stream: str
    event_id: str
    fields: Mapping[str, Any]

    @property
    def document(self) -> dict[str, Any]:
        """The line for programs: what it says, and where it was said."""
        at = {"time": instant(self.at_ms)}
        return {**at, **self.fields, "logGroup": self.group, "stream": self.stream}

    @property
    def order(self) -> str:
        """What it sorts by: when it was written. A function's lines arrive when it has ended."""
        said = self.fields.get("time")
        return said if isinstance(said, str) else str(instant(self.at_ms))


class Groups:
    """The log groups of one stack."""

    def __init__(self, logs: CloudWatchLogs, stack: str) -> None:
        self._logs = logs
        self._prefix = f"/spillway/{stack}/"
        self._names = [name.removeprefix(self._prefix) for name in self._listed()]
        if not self._names:
            raise CommandFailed(f"there are no log groups {self._prefix}…", Exit.NOT_FOUND)

    def lines(self, query: Query, start_ms: int) -> Iterator[Line]:
        """The lines since then, merged by their time as they are read."""
        groups = [name for name in self._names if query.reads(name)]
        parts = [self._in_group(name, query.within(name), start_ms) for name in groups]
        return heapq.merge(*parts, key=lambda line: line.at_ms)

    def way(self, query: Query, start_ms: int) -> list[Line]:
        """All lines of one job, with those of the access log for the requests that they name."""
        lines = list(self.lines(query, start_ms))
        ids = {str(line.fields["requestId"]) for line in lines if "requestId" in line.fields}
        lines += self._accesses(ids, start_ms) if ACCESS in self._names else ()
        return sorted(lines, key=lambda line: line.order)

    def _accesses(self, request_ids: Iterable[str], start_ms: int) -> Iterator[Line]:
        for some in batched(sorted(request_ids), IDS_A_PATTERN, strict=False):
            yield from self._in_group(ACCESS, Query(request_ids=some), start_ms)

    def _listed(self) -> Iterator[str]:
        pages = self._logs.get_paginator("describe_log_groups")
        for page in pages.paginate(logGroupNamePrefix=self._prefix):
            yield from (group["logGroupName"] for group in page["logGroups"])

    def _in_group(self, group: str, query: Query, start_ms: int) -> Iterator[Line]:
        pages = self._logs.get_paginator("filter_log_events").paginate(
            logGroupName=self._prefix + group, startTime=start_ms, filterPattern=query.pattern
        )
        for page in pages:
            for event in page["events"]:
                line = _line(group, event)
                # An emulator may take the pattern for one that matches all.
                if query.wants(line.fields):
                    yield line


class Follower:
    """Reads on and on, each line once."""

    def __init__(
        self, read: Callable[[int], Iterable[Line]], *, clock: Clock, sleep: Callable[[float], None]
    ) -> None:
        self._read = read
        self._clock = clock
        self._sleep = sleep
        self._seen: dict[str, int] = {}

    def lines(self, start_ms: int, *, job: str | None) -> Iterator[Line]:
        """The lines since then as they come; of one id, until its jobs are over."""
        ending = Ending(job)
        while True:
            was_over, now_ms = ending.is_over, self._clock()
            for line in self._fresh(start_ms):
                ending.see(line.fields)
                yield line
            if was_over:
                # One more look was for the lines that came later than the one about the end.
                return
            start_ms = max(start_ms, now_ms - LATE_MS)
            self._sleep(POLL_S)

    def _fresh(self, start_ms: int) -> Iterator[Line]:
        # What is older is not read again, so it need not be remembered.
        self._seen = {each: at_ms for each, at_ms in self._seen.items() if at_ms >= start_ms}
        for line in self._read(start_ms):
            if line.event_id not in self._seen:
                self._seen[line.event_id] = line.at_ms
                yield line


def _line(group: str, event: Mapping[str, Any]) -> Line:
    fields = _fields(event["message"].rstrip())
    return Line(event["timestamp"], group, event["logStreamName"], event["eventId"], fields)


def _fields(text: str) -> Mapping[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    return value if isinstance(value, dict) else {"message": text}
