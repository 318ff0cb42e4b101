"""Which log lines are wanted, and since when: rules without I/O."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
OVER = ("SUCCEEDED", "FAILED", "CANCELLED", "EXPIRED")
WORKER = "worker/"
ACCESS = "access"
IDS_A_PATTERN = 10
"""A filter pattern has at most 1,024 characters:
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html"""

_DURATION = re.compile(r"(\d{1,6})([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_LONGEST_S = 3653 * 86_400
"""The longest that CloudWatch Logs keeps a line, other than for ever:
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html"""
_DEFAULT_S = 3600
_KEYED_JOB_S = 7 * 86_400
"""An id that was made of a key does not say when: a week is searched."""
_MARGIN_MS = 60_000
"""Clocks of machines and functions are not the same to the second."""
_LAMBDA_FAILED = ("timeout", "error", "failure")
"""What a function's `platform.*` lines say of an invocation, which carry no level:
https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html#Status"""


@dataclass(frozen=True, slots=True)
class Term:
    """One of these fields has the value beside it."""

    pairs: Sequence[tuple[str, str]]

    def __str__(self) -> str:
        """The term in the syntax of CloudWatch Logs' JSON filter patterns."""
        return " || ".join(f'$.{name} = "{value}"' for name, value in self.pairs)

    def holds(self, line: Mapping[str, Any]) -> bool:
        """Whether a line meets it."""
        return any(_field(line, name) == value for name, value in self.pairs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What a line must say, each where it is given; `level` is the least. No value has a quote."""

    job: str | None = None
    trace: str | None = None
    tenant: str | None = None
    model: str | None = None
    level: str | None = None
    request_ids: Sequence[str] = ()

    def within(self, group: str) -> Query:
        """The query in one group: all that a model's workers write is the model's."""
        return replace(self, model=None) if group.startswith(WORKER) else self

    def reads(self, group: str) -> bool:
        """Whether the group may hold such lines; the access log names requests alone."""
        if self.model and group.startswith(WORKER):
            return group == f"{WORKER}{self.model}"
        return group != ACCESS

    @property
    def pattern(self) -> str:
        """As FilterLogEvents takes it; empty for every line."""
        terms = " && ".join(f"({term})" for term in self._terms())
        return f"{{ {terms} }}" if terms else ""

    def wants(self, line: Mapping[str, Any]) -> bool:
        """Whether a line is wanted."""
        return all(term.holds(line) for term in self._terms())

    def _terms(self) -> Iterator[Term]:
        if self.job is not None:
            yield Term([("jobId", self.job), ("retryOf", self.job)])
        if self.request_ids:
            yield Term([("requestId", each) for each in self.request_ids])
        for name, value in (
            ("traceId", self.trace),
            ("tenant", self.tenant),
            ("model", self.model),
        ):
            if value is not None:
                yield Term([(name, value)])
        if self.level is not None:
            yield _at_least(self.level)


def ends(line: Mapping[str, Any], job: str | None) -> bool:
    """Whether the line tells that this job is over, or another tenant's of the same id."""
    return line.get("jobId") == job and line.get("status") in OVER


class Ending:
    """Whether an id's jobs are over. Ids are a tenant's own: each tenant may have one of it."""

    def __init__(self, job: str | None) -> None:
        self._job = job
        self._tenants: set[Any] = set()
        self._over: set[Any] = set()

    def see(self, line: Mapping[str, Any]) -> None:
        """Take in a line, of any job."""
        if self._job is None or line.get("jobId") != self._job:
            return
        self._tenants.add(line.get("tenant"))
        if ends(line, self._job):
            self._over.add(line.get("tenant"))

    @property
    def is_over(self) -> bool:
        """Whether each tenant's job that was seen is over."""
        return bool(self._over) and self._tenants - {None} <= self._over


def duration_s(text: str) -> int:
    """The seconds in `90s`, `15m`, `2h` or `7d`, ten years at most; else raises `ValueError`."""
    match = _DURATION.fullmatch(text)
    if match is None:
        raise ValueError(f"expected a time such as 90s, 15m, 2h or 7d, got {text!r}")
    seconds = int(match[1]) * _SECONDS[match[2]]
    if seconds > _LONGEST_S:
        raise ValueError(f"expected {_LONGEST_S // _SECONDS['d']}d at most, got {text!r}")
    return seconds


def start_ms(since_s: int | None, job: str | None, *, now_ms: int) -> int:
    """Where to begin: as told, else at the job's birth where its id tells it, else an hour ago."""
    if since_s is not None:
        return now_ms - since_s * 1000
    if job is None:
        return now_ms - _DEFAULT_S * 1000
    born_ms = _born_ms(job)
    return now_ms - _KEYED_JOB_S * 1000 if born_ms is None else born_ms - _MARGIN_MS


def _born_ms(job: str) -> int | None:
    """When a UUID of version 7 (RFC 9562, section 5.7) was made; None for another id."""
    try:
        parsed = uuid.UUID(job)
    except ValueError:
        return None
    return parsed.int >> 80 if parsed.version == 7 else None


def _field(line: Mapping[str, Any], path: str) -> Any:  # noqa: ANN401 - any JSON
    value: Any = line
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _at_least(level: str) -> Term:
    """The level or a worse one; an invocation that Lambda calls failed is an error."""
    levels = LEVELS[LEVELS.index(level) :]
    failed = _LAMBDA_FAILED if "ERROR" in levels else ()
    return Term([*(("level", each) for each in levels), *(("record.status", it) for it in failed)])
