"""A story told to a running system while it is measured, sample by sample."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from spillway_cli.exits import CommandFailed, Exit
from tools.dashboard.load import PACE_S, Callers, Operator, story
from tools.dashboard.reading import Span
from tools.dashboard.sampling import Calls, Sampler

if TYPE_CHECKING:
    from collections.abc import Callable

    from spillway_cli.target import Target
    from tools.dashboard.load import Event

ROOT = Path(__file__).parents[2]
SAMPLE_S = 5
HOOK = "/_receiver/hook"
"""Where a local system takes webhooks."""


def record(target: Target, minutes: int, tell: Callable[[str], None]) -> Span:
    """Load the system and measure it for so long, from the next full minute on."""
    if not target.is_local or not target.url or not target.key:
        text = "only a system that `make run` started is loaded: --minutes 0"
        raise CommandFailed(text, Exit.USAGE)
    folder = Path(os.environ.get("LOCAL_DIR") or ROOT / ".local")
    calls = Calls()
    callers = Callers(target.url, target.key, f"{target.endpoint_url}{HOOK}", calls)
    sampler = Sampler(target, folder, calls)
    events = story(callers, Operator(target, folder))
    start_s = (int(time.time()) // 60 + 1) * 60
    span = Span(start_s, start_s + 60 * minutes)
    time.sleep(span.start_s - time.time())
    _play(span, events, callers, sampler, tell)
    callers.close()
    return span


def _play(
    span: Span,
    events: list[Event],
    callers: Callers,
    sampler: Sampler,
    tell: Callable[[str], None],
) -> None:
    next_sample_s = span.start_s + SAMPLE_S
    while (now_s := time.time()) < span.end_s:
        callers.submit()
        while events and now_s >= span.start_s + 60 * events[0].minute:
            event = events.pop(0)
            tell(f"minute {event.minute:g}: {event.name}")
            event.happen()
        if now_s >= next_sample_s:
            sampler.sample(round(now_s * 1000))
            next_sample_s += SAMPLE_S
        time.sleep(PACE_S)
