"""What the workers log in a run: part of its timeline, and a fault where nothing explains it."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING

from spillway.errors import SpillwayError
from tests.simulation.processes import running

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.simulation.history import History

_LOGGERS = ("worker", "spillway", "asyncio")
_USUAL = (SpillwayError, TimeoutError)


class Listener(logging.Handler):
    """Notes each line. An error that no call of a run raises is a surprise."""

    def __init__(self, history: History) -> None:
        super().__init__()
        self._history = history

    def emit(self, record: logging.LogRecord) -> None:
        process = running()
        if process is None or process.is_dead:
            return
        job = record.__dict__.get("jobId", "")
        self._history.note(process.name, "logs", job, effect=record.getMessage())
        error = record.exc_info[1] if record.exc_info else None
        if error is not None and not isinstance(error, _USUAL):
            self._history.surprise(f"{process.name} logs {record.getMessage()!r}: {error!r}")


@contextmanager
def heard(history: History, level: int) -> Iterator[None]:
    """Lines of this level and above are noted inside the block."""
    listener = Listener(history)
    for name in _LOGGERS:
        logger = logging.getLogger(name)
        logger.addHandler(listener)
        logger.setLevel(level)
        logger.propagate = False
    try:
        yield
    finally:
        for name in _LOGGERS:
            logger = logging.getLogger(name)
            logger.removeHandler(listener)
            logger.setLevel(logging.NOTSET)
            logger.propagate = True
