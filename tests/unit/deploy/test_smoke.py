"""The one job that a deploy ends with."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

import pytest

from deploy import smoke
from deploy.failure import DeployFailed
from deploy.smoke import ask, reached
from spillway.client import Forbidden, Job, JobFailed
from spillway.job import JobError, Status

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploy.service import Service
    from spillway.client import Client

OUTPUT = "https://abc123.execute-api.eu-central-1.amazonaws.com/v1"


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://apigateway.eu-central-1.amazonaws.com",
        "https://apigateway.cn-north-1.amazonaws.com.cn",
    ],
)
def test_on_aws_the_api_is_where_the_stack_says(endpoint: str) -> None:
    assert reached(OUTPUT, endpoint) == OUTPUT


@pytest.mark.parametrize("endpoint", ["http://127.0.0.1:4566", "https://amazonaws.com.example.org"])
def test_an_emulator_has_a_path_for_each_api(endpoint: str) -> None:
    assert reached(OUTPUT, endpoint) == f"{endpoint}/restapis/abc123/v1/_user_request_"


class Api:
    """A client of a model that answers, after some refusals, with what it was asked."""

    def __init__(self, *refusals: Exception, status: Status = Status.SUCCEEDED) -> None:
        self._refusals = list(refusals)
        self._status = status
        self.submitted: list[tuple[Any, str]] = []

    def submit(self, payload: Any, *, model: str) -> Job:
        if self._refusals:
            raise self._refusals.pop(0)
        self.submitted.append((payload, model))
        return self._job(Status.QUEUED)

    def watch(self, _: str, **__: object) -> Iterator[Job]:
        yield self._job(Status.QUEUED)
        yield self._job(self._status)

    def result(self, _: str) -> Any:
        return self.submitted[-1][0]

    def _job(self, status: Status) -> Job:
        error = JobError("timeout", "too slow", retryable=True)
        return Job(
            job_id="j-1",
            model="shout",
            status=status,
            created_at=datetime(2026, 11, 22, tzinfo=UTC),
            model_version="loud-1",
            error=error if status is Status.FAILED else None,
            queue_ms=63_000,
            run_ms=40,
        )


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smoke, "SETTLE_POLL_S", 0)


def _forbidden() -> Forbidden:
    return Forbidden("forbidden", "the key is not known")


def test_the_probe_is_sent_to_the_model_and_answered() -> None:
    api = Api()

    answer = ask(cast("Client", api), "shout", {"text": "ready?"})

    assert api.submitted == [({"text": "ready?"}, "shout")]
    assert answer.result == {"text": "ready?"}


def test_the_parts_and_the_version_are_told() -> None:
    said = str(ask(cast("Client", Api()), "shout", 1))

    assert said.startswith("version loud-1; accepted in 0.0 s, waited 63.0 s, ran 0.04 s")


def test_a_key_that_is_not_known_everywhere_yet_is_tried_again() -> None:
    api = Api(_forbidden(), _forbidden())

    assert ask(cast("Client", api), "shout", 1).job.status is Status.SUCCEEDED


def test_a_refusal_that_stays_is_raised() -> None:
    with pytest.raises(Forbidden):
        ask(cast("Client", Api(_forbidden())), "shout", 1, settle_s=-1)


def test_a_job_that_fails_says_why() -> None:
    with pytest.raises(JobFailed, match=r"too slow \(timeout\)"):
        ask(cast("Client", Api(status=Status.FAILED)), "shout", 1)


def test_between_two_looks_at_the_job_the_wait_can_be_ended() -> None:
    def look(state: str) -> None:
        raise DeployFailed(state)

    with pytest.raises(DeployFailed, match="the job is QUEUED"):
        ask(cast("Client", Api()), "shout", 1, look=look)


def test_why_it_was_ended_is_told_as_it_is() -> None:
    def look(_: str) -> None:
        raise DeployFailed("3 tasks stopped", excerpt="no module shout")

    with pytest.raises(DeployFailed, match=r"^3 tasks stopped$") as failure:
        smoke._answer(cast("Client", Api()), cast("Service", None), "shout", 1, look)

    assert failure.value.excerpt == "no module shout"
