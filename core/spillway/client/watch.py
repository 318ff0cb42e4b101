"""What is looked at until it has ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from spillway.client.answers import read
from spillway.client.documents import Job
from spillway.client.errors import Unfinished
from spillway.client.sending import retry_after_s

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import urllib3

    from spillway.client.clock import Clock

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.25, 5.0


class Ending(Protocol):
    """What ends some day: a job, a delivery."""

    @property
    def is_over(self) -> bool:
        """Whether it has."""
        ...


def looks[Seen: Ending](
    of: Callable[[Any], Seen],
    look: Callable[[], urllib3.BaseHTTPResponse],
    clock: Clock,
    *,
    ends_s: float,
) -> Iterator[Seen]:
    """What each look shows, as `of` reads it: until it is over, or at `ends_s` (clock) at last.

    There is one look at least. Others come as often as the API asks for, else less and less often.
    """
    for pause_s in _pauses_s():
        answer = look()
        yield (seen := read(of, answer))
        left_s = ends_s - clock.monotonic()
        if seen.is_over or left_s <= 0:
            return
        clock.sleep(min(left_s, max(pause_s, retry_after_s(answer))))


def watched(
    look: Callable[[], urllib3.BaseHTTPResponse], clock: Clock, *, ends_s: float
) -> Iterator[Job]:
    """The job at each look.

    Raises:
        Unfinished: it goes on at `ends_s` (clock).

    """
    for job in looks(Job.of, look, clock, ends_s=ends_s):
        yield job
    if not job.is_over:
        raise Unfinished(job)


def _pauses_s() -> Iterator[float]:
    pause_s = FIRST_PAUSE_S
    while True:
        yield pause_s
        pause_s = min(pause_s * 2, LONGEST_PAUSE_S)
