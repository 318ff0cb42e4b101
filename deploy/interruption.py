"""Interruptions that wait: what was lent is given back whole, however often Ctrl-C is pressed."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def held_off() -> Iterator[None]:
    """Pass over SIGINT and SIGTERM while the block runs, which takes a call or two to AWS."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
