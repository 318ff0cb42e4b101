"""Redriving dead letters: at least once, so that killing it anywhere loses nothing.

What a letter is for is done first and the letter is deleted last. Done twice, a message in its
queue twice is one job's, and a job run again is found to be there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from spillway.errors import Gone, Rejected, UnknownModel
from spillway.rerun import order_again
from spillway_cli.dead_letters.rules import (
    DeadLetter,
    Fate,
    NotYet,
    RunAgain,
    SendBack,
    Spent,
    fate,
)

if TYPE_CHECKING:
    from spillway.intake import Intake
    from spillway.job import Job
    from spillway.ports import Bucket, Clock, JobStore, Queues

type Delete = Callable[[DeadLetter], None]


class Done(StrEnum):
    """What was done with a letter. Of the last two it is still in the DLQ."""

    SENT_BACK = "sent back"
    RUN_AGAIN = "run again"
    DISCARDED = "discarded"
    LEFT = "left"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Outcome:
    """A letter, what was done with it, and the job that was made or why nothing was."""

    letter: DeadLetter
    done: Done
    new_job_id: str | None = None
    why: str | None = None

    @property
    def document(self) -> dict[str, str | None]:
        """What was done, for programs."""
        return {"done": self.done.value, "newJobId": self.new_job_id, "why": self.why}


@dataclass(frozen=True, slots=True, kw_only=True)
class Redrive:
    """Redrives letters; with `is_dry` it only says what it would do.

    `discards` deletes those of which nothing can come; else they stay where they are.
    """

    store: JobStore
    queues: Queues
    inputs: Bucket
    intake: Intake
    clock: Clock
    delete: Delete
    is_dry: bool = False
    discards: bool = False

    def outcome(self, letter: DeadLetter) -> Outcome:
        """Do with one letter what its job asks for. One that fails stays, and stops no other."""
        # A read that lags could take a job that has just failed for one that runs.
        job = None if letter.key is None else self.store.get(letter.key)
        try:
            return self._act(letter, fate(letter, job, now_ms=self.clock()))
        except (Rejected, UnknownModel) as error:
            return Outcome(letter, Done.FAILED, why=str(error))

    def _act(self, letter: DeadLetter, decided: Fate) -> Outcome:
        match decided:
            case SendBack():
                return self._send_back(letter)
            case RunAgain(job):
                return self._run_again(letter, job)
            case Spent(why):
                return self._discard(letter, why)
            case NotYet(why):
                return Outcome(letter, Done.LEFT, why=why)

    def _send_back(self, letter: DeadLetter) -> Outcome:
        if not self.is_dry and letter.message is not None:
            queue = self.queues.find(letter.model)
            queue.send(letter.body, group=letter.message.tenant)
            self.delete(letter)
        return Outcome(letter, Done.SENT_BACK)

    def _run_again(self, letter: DeadLetter, job: Job) -> Outcome:
        try:
            # Without a key the id is derived from the old job's, as POST …/retry derives it.
            order = order_again(
                job, idempotency_key=None, inputs=self.inputs, traceparent=job.traceparent
            )
        except Gone as gone:
            return self._discard(letter, gone.detail)
        if not self.is_dry:
            self.intake.accept(order)
            self.delete(letter)
        return Outcome(letter, Done.RUN_AGAIN, new_job_id=order.job_id)

    def _discard(self, letter: DeadLetter, why: str) -> Outcome:
        if not self.discards:
            return Outcome(letter, Done.LEFT, why=why)
        if not self.is_dry:
            self.delete(letter)
        return Outcome(letter, Done.DISCARDED, why=why)
