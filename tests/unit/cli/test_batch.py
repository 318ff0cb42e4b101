"""However a batch ends, nothing of it goes on in the background."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, cast

import pytest

import spillway
from spillway.client.clock import WALL_CLOCK
from spillway_cli import batch
from spillway_cli.exits import CommandFailed
from spillway_cli.output import Output
from tests.unit.core.client.backend import JOB

if TYPE_CHECKING:
    from collections.abc import Generator


class Submitted:
    """Outcomes that note when nobody wants more."""

    def __init__(self, *outcomes: spillway.Job | spillway.SpillwayError) -> None:
        self.outcomes = outcomes
        self.is_closed = False

    def taken(self) -> Generator[spillway.Job | spillway.SpillwayError]:
        try:
            yield from self.outcomes
        finally:
            self.is_closed = True


class Interrupted(Output):
    """Ctrl-C comes while a line is printed."""

    def line(self, *_: object) -> None:
        raise KeyboardInterrupt


class Waiting:
    """A client whose first job is not over in time; all others are looked at once more."""

    def wait(self, job_id: str, **_: Any) -> spillway.Job:
        if job_id == "job-1":
            raise spillway.Unfinished(job("job-1"))
        WALL_CLOCK.sleep(60)
        return job(job_id)


def job(job_id: str) -> spillway.Job:
    return spillway.Job.of(JOB | {"jobId": job_id})


NOBODY = cast("spillway.Client", None)


def test_what_each_line_would_meet_ends_the_calls_of_all() -> None:
    submitted = Submitted(spillway.Unreachable("no answer"), job("job-2"))

    with pytest.raises(CommandFailed, match="line 1: no answer"):
        batch.follow(NOBODY, Output(), taken := submitted.taken(), None)

    assert submitted.is_closed
    assert list(taken) == []


def test_ctrl_c_ends_the_calls_of_all() -> None:
    submitted = Submitted(job("job-1"), job("job-2"))

    with pytest.raises(KeyboardInterrupt):
        batch.follow(NOBODY, Interrupted(), taken := submitted.taken(), None)

    assert submitted.is_closed
    assert list(taken) == []


def test_nobody_waits_on_for_a_batch_that_has_ended() -> None:
    submitted = Submitted(*(job(f"job-{n}") for n in range(1, 5)))
    began_s = time.monotonic()

    with pytest.raises(spillway.Unfinished):
        batch.follow(cast("spillway.Client", Waiting()), Output(), submitted.taken(), 100)

    assert time.monotonic() - began_s < 5
