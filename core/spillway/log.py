"""Structured logs: one JSON object a line on standard output, for CloudWatch Logs to pick up."""

from __future__ import annotations

import json
import logging
import sys
import traceback
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import PurePath
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from spillway import trace
from spillway.errors import SpillwayError
from spillway.view import instant

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from spillway.deliveries.delivery import Delivery
    from spillway.job import Job
    from spillway.message import Message

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_FRAMES = 20
_encode = json.JSONEncoder(default=str, ensure_ascii=False).encode

_context: ContextVar[Mapping[str, str]] = ContextVar("log", default=MappingProxyType({}))


class JsonFormatter(logging.Formatter):
    """Prints a record with what `extra`, the context and the process add to it."""

    def __init__(self, always: Mapping[str, str]) -> None:
        super().__init__()
        self._always = always

    def format(self, record: logging.LogRecord) -> str:
        """Return one line."""
        line: dict[str, Any] = {
            "level": record.levelname,
            "time": instant(int(record.created * 1000)),
            "message": record.getMessage(),
            **self._always,
            **_context.get(),
            **{name: value for name, value in vars(record).items() if name not in _STANDARD},
        }
        if record.exc_info and record.exc_info[1]:
            line["exception"] = _exception(record.exc_info[1])
        return _encode(line)


def configure(level: int = logging.INFO, **always: str) -> None:
    """Send every logger's records to standard output as JSON, each with the fields of `always`."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter(always))
    # What no line prints need not be found out for each.
    logging.logThreads = logging.logProcesses = False
    logging.logMultiprocessing = False
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    logging.getLogger("botocore").setLevel(logging.WARNING)


@contextmanager
def context(**fields: str) -> Iterator[None]:
    """Add these fields to every line logged meanwhile, in this thread or task."""
    token = _context.set({**_context.get(), **fields})
    try:
        yield
    finally:
        _context.reset(token)


def of_job(job: Job | Message) -> dict[str, str]:
    """What every line about a job says, so that one search finds its whole way."""
    told = {"jobId": job.job_id, "tenant": job.tenant, "model": job.model}
    return told | _trace(job.traceparent)


def of_change(job: Job) -> dict[str, Any]:
    """What a line about a job's new status says."""
    error = None if job.error is None else job.error.code
    return {**of_job(job), "status": job.status.value, "attempt": job.attempts, "error": error}


def of_delivery(delivery: Delivery) -> dict[str, Any]:
    """What every line about a delivery says. Where it goes stays out: a URL may hold a secret."""
    told = {
        "tenant": delivery.tenant,
        "jobId": delivery.job_id,
        "model": delivery.model,
        "deliveryId": delivery.delivery_id,
        "type": delivery.destination.type,
        "event": delivery.event.value,
        "attempt": delivery.attempts,
    }
    return told | _trace(delivery.traceparent)


def _trace(traceparent: str | None) -> dict[str, str]:
    return {} if traceparent is None else {"traceId": trace.trace_id(traceparent)}


def _exception(error: BaseException) -> dict[str, Any]:
    """What failed and where. The message stays out where it is not ours: it may quote a payload."""
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    told: dict[str, Any] = {
        "type": type(error).__name__,
        "stack": [f"{PurePath(at.filename).name}:{at.lineno} {at.name}" for at in frames],
    }
    if isinstance(error, SpillwayError):
        told["detail"] = str(error)
    response = getattr(error, "response", None)
    if isinstance(response, dict):
        # botocore's ClientError: the service's code and the operation say most of it.
        told["code"] = response.get("Error", {}).get("Code")
        told["operation"] = getattr(error, "operation_name", None)
    if (cause := error.__cause__ or error.__context__) is not None:
        told["cause"] = type(cause).__name__
    return told
