"""What became of a job is judged by its own answer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

import pytest

import spillway
from benchmarks.burst.load import Load
from spillway.client.errors import Unreachable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

AT = datetime(2026, 1, 2, tzinfo=UTC)


class Api:
    """Echoes each payload a second later; `amiss` says what it does otherwise, by number."""

    def __init__(self, amiss: dict[int, Any]) -> None:
        self.amiss = amiss

    def submit_many(
        self,
        payloads: Iterable[int],
        **terms: Any,  # noqa: ARG002 - the client takes them
    ) -> Iterator[spillway.Job | spillway.SpillwayError]:
        for number in payloads:
            if self.amiss.get(number) == "refused":
                yield Unreachable("nothing answers")
            else:
                yield _job(number, spillway.Status.QUEUED)

    def get(self, job_id: str) -> spillway.Job:
        number = int(job_id)
        match self.amiss.get(number, number):
            case spillway.Status() as status:
                return _job(number, status)
            case result:
                return _job(number, spillway.Status.SUCCEEDED, result)


def _job(number: int, status: spillway.Status, result: Any = None) -> spillway.Job:
    return spillway.Job(
        job_id=str(number),
        model="burst",
        status=status,
        created_at=AT,
        completed_at=AT + timedelta(seconds=1),
        has_result=result is not None,
        result=result,
        attempts=1,
    )


def ends(amiss: dict[int, Any], jobs: int = 3) -> list[str | None]:
    load = Load(cast("spillway.Client", Api(amiss)), jobs)
    return [life.end if life else None for life in load.lives(load.submit())]


def test_each_job_is_to_answer_its_own_number() -> None:
    assert ends({}) == ["SUCCEEDED"] * 3


@pytest.mark.parametrize("answer", [2, "1", None])
def test_the_answer_of_another_is_none(answer: Any) -> None:
    assert ends({1: answer}) == ["SUCCEEDED", "answered another's", "SUCCEEDED"]


def test_a_job_that_ended_otherwise_is_told_by_its_status() -> None:
    assert ends({0: spillway.Status.EXPIRED})[0] == "EXPIRED"


def test_a_job_that_was_never_accepted_has_no_life() -> None:
    assert ends({2: "refused"})[2] is None


def test_once_stopped_no_further_job_is_submitted() -> None:
    load = Load(cast("spillway.Client", Api({})), 3)
    load.stop()

    assert load.submit() == []


def test_a_life_has_the_jobs_own_times() -> None:
    load = Load(cast("spillway.Client", Api({})), 1)

    [life] = load.lives(load.submit())

    assert life is not None
    assert (life.accepted_s, life.ended_s) == (AT.timestamp(), AT.timestamp() + 1)
    assert life.took_s == 1
