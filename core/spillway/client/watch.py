"""A job, looked at until it has ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spillway.client.answers import read
from spillway.client.documents import Job
from spillway.client.errors import Unfinished
from spillway.client.sending import retry_after_s

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import urllib3

    from spillway.client.clock import Clock

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.25, 5.0


def watched(
    look: Callable[[], urllib3.BaseHTTPResponse], clock: Clock, *, ends_s: float
) -> Iterator[Job]:
    """The job at each look, as often as the API asks for, else less and less often.

    Raises:
        Unfinished: it goes on at `ends_s` (clock).

    """
    for pause_s in _pauses_s():
        answer = look()
        yield (job := read(Job.of, answer))
        if job.is_over:
            return
        left_s = ends_s - clock.monotonic()
        if left_s <= 0:
            raise Unfinished(job)
        clock.sleep(min(left_s, max(pause_s, retry_after_s(answer))))


def _pauses_s() -> Iterator[float]:
    pause_s = FIRST_PAUSE_S
    while True:
        yield pause_s
        pause_s = min(pause_s * 2, LONGEST_PAUSE_S)
