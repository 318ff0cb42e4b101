"""Structured logs: one JSON object a line on standard output, for CloudWatch Logs to pick up."""

from __future__ import annotations

import json
import logging
import sys
from typing import Any

from spillway.view import instant

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JsonFormatter(logging.Formatter):
    """Prints a record with what `extra` and the process add to it. Payloads and keys stay out."""

    def __init__(self, always: dict[str, str]) -> None:
        super().__init__()
        self._always = always

    def format(self, record: logging.LogRecord) -> str:
        """Return one line."""
        line: dict[str, Any] = {
            "level": record.levelname,
            "time": instant(int(record.created * 1000)),
            "message": record.getMessage(),
            **self._always,
            **{name: value for name, value in vars(record).items() if name not in _STANDARD},
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str, ensure_ascii=False)


def configure(level: int = logging.INFO, **always: str) -> None:
    """Send every logger's records to standard output as JSON, each with the fields of `always`."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter(always))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    logging.getLogger("botocore").setLevel(logging.WARNING)
