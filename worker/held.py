"""A job in this worker's hands: its message, its claim, and what is to come of it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from spillway.errors import SpillwayError

if TYPE_CHECKING:
    from spillway.errors import UpdateRefused
    from spillway.job import Job
    from spillway.message import Message
    from spillway.ports import Received


class LeaseLost(SpillwayError):
    """The job is another's by now, or over: nothing that this worker writes would count.

    `is_over` says that its message may go.
    """

    def __init__(self, refused: UpdateRefused) -> None:
        super().__init__(str(refused))
        self.is_over = refused.current is None or refused.current.status.is_terminal


class Drained(SpillwayError):
    """The worker must stop before this job could run."""


def _outcome() -> asyncio.Future[str]:
    return asyncio.get_running_loop().create_future()


@dataclass(slots=True, eq=False)
class Held:
    """One attempt. `outcome` is the model's result as JSON text, an error, or why there is none."""

    received: Received
    message: Message
    job: Job
    outcome: asyncio.Future[str] = field(default_factory=_outcome)

    @property
    def attempt(self) -> int:
        """The fence: the attempt's number."""
        return self.job.attempts

    @property
    def is_suspect(self) -> bool:
        """Whether an earlier attempt failed: such a job runs alone, so as to harm no other."""
        return self.job.failures > 0

    def give_up(self, reason: SpillwayError) -> None:
        """Settle the outcome with this reason, unless it is settled."""
        if not self.outcome.done():
            self.outcome.set_exception(reason)
            # An attempt that ends before it asks, its payload not to be had, is no fault to log.
            self.outcome.exception()

    def complete(self, result: str) -> None:
        """Settle the outcome with the model's result, unless it is settled."""
        if not self.outcome.done():
            self.outcome.set_result(result)
