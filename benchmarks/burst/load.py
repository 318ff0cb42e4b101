"""The jobs: all at once by the ordinary client, and in the end what became of each."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import TYPE_CHECKING

import spillway
from benchmarks.burst.model import NAME
from benchmarks.burst.story import Life

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    type Answer = spillway.Job | spillway.SpillwayError

CALLERS = 8
"""At once: the emulator starts a process, of some 45 MB, for each."""


class Load:
    """So many jobs for the model; each asks for its own number."""

    def __init__(self, client: spillway.Client, jobs: int) -> None:
        self._client = client
        self._jobs = jobs
        self._stopped = Event()

    def submit(self) -> Sequence[Answer]:
        """Submit all, and again what is refused for now; the n-th answer is the n-th job's."""
        payloads = self._payloads()
        return list(self._client.submit_many(payloads, concurrency=CALLERS, model=NAME))

    def stop(self) -> None:
        """Submit no more."""
        self._stopped.set()

    def lives(self, answers: Sequence[Answer]) -> Sequence[Life | None]:
        """What the API says of each job now, None for one that was never accepted."""
        with ThreadPoolExecutor(CALLERS) as pool:
            return list(pool.map(self._life, range(len(answers)), answers))

    def _payloads(self) -> Iterator[int]:
        for number in range(self._jobs):
            if self._stopped.is_set():
                return
            yield number

    def _life(self, number: int, answer: Answer) -> Life | None:
        if isinstance(answer, spillway.SpillwayError):
            return None
        accepted_s = answer.created_at.timestamp()
        try:
            job = self._client.get(answer.job_id)
        except spillway.SpillwayError as error:
            return Life(accepted_s=accepted_s, end=f"not to be had ({type(error).__name__})")
        end = str(job.status)
        if job.status is spillway.Status.SUCCEEDED and job.result != number:
            end = "answered another's"
        return Life(
            accepted_s=accepted_s,
            end=end,
            ended_s=job.completed_at.timestamp() if job.completed_at else None,
            attempts=job.attempts,
        )
