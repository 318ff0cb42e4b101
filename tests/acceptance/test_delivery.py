"""Results go where the caller said: from a request to the receiver of `make run`."""

from __future__ import annotations

import json
import time
from datetime import datetime
from typing import TYPE_CHECKING, Any

import httpx
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.acceptance.system import Caller, System

OVER = {"DELIVERED", "FAILED"}


class Receiver:
    """The receiver of the running system."""

    def __init__(self, url: str) -> None:
        self.url = url

    def webhook(self, path: str = "hook", **more: Any) -> dict[str, Any]:
        return {"type": "webhook", "url": f"{self.url}{path}", **more}

    def of(self, job_id: str) -> list[Any]:
        """What came of a job, in the order in which it came."""
        query = {"job": job_id}
        answer = httpx.get(f"{self.url}deliveries.json", params=query, trust_env=False)
        return list(reversed(answer.json()["deliveries"]))

    def page(self, job_id: str) -> str:
        return httpx.get(self.url, params={"job": job_id}, trust_env=False).text


@pytest.fixture(scope="module")
def receiver(system: System) -> Receiver:
    return Receiver(f"{system.endpoint_url}/_receiver/")


def until[T](look: Callable[[], T], is_so: Callable[[T], bool], within_s: float = 30) -> T:
    deadline_s = time.monotonic() + within_s
    while not is_so(seen := look()):
        assert time.monotonic() < deadline_s, seen
        time.sleep(0.2)
    return seen


def submit(caller: Caller, destination: dict[str, Any], payload: Any = None) -> str:
    sent = {"text": "hello"} if payload is None else payload
    return str(caller.submit(sent, destination=destination)["jobId"])


def ended(caller: Caller, job_id: str) -> list[Any]:
    """The job's deliveries, once all of them are over."""

    def are_over(deliveries: list[Any]) -> bool:
        return bool(deliveries) and {each["status"] for each in deliveries} <= OVER

    return until(lambda: list(caller.job(job_id)["deliveries"]), are_over)


def test_a_result_arrives_signed(caller: Caller, receiver: Receiver) -> None:
    job_id = submit(caller, receiver.webhook())
    [delivery] = ended(caller, job_id)

    [came] = receiver.of(job_id)
    told = json.loads(came["body"])
    assert delivery["status"] == "DELIVERED"
    assert came["webhookId"] == delivery["id"]
    assert came["signature"] == {"tenant": "demo", "fault": None}
    assert told["type"] == "job.succeeded"
    assert told["data"]["result"]["inline"] == caller.result(job_id)
    assert "verified, demo" in receiver.page(job_id)


def test_each_event_asked_for_arrives_once(caller: Caller, receiver: Receiver) -> None:
    events = ["job.started", "job.failed"]
    job_id = submit(caller, receiver.webhook(events=events), {"text": 5})
    until(lambda: receiver.of(job_id), lambda came: len(came) == 2)

    told = {came["event"]: json.loads(came["body"])["data"] for came in receiver.of(job_id)}
    assert told["job.started"]["status"] == "RUNNING"
    assert told["job.failed"]["error"]["code"] == "invalid_payload"


def test_what_is_not_taken_comes_again_the_same(caller: Caller, receiver: Receiver) -> None:
    job_id = submit(caller, receiver.webhook("hook/503?retry-after=6"))
    first, second = until(lambda: receiver.of(job_id), lambda came: len(came) == 2)
    [delivery] = until(
        lambda: caller.job(job_id)["deliveries"], lambda told: told[0]["attempts"] == 2
    )

    assert _at_s(second) - _at_s(first) >= 6
    assert (second["webhookId"], second["body"]) == (first["webhookId"], first["body"])
    assert second["headers"]["webhook-timestamp"] > first["headers"]["webhook-timestamp"]
    assert second["signature"] == {"tenant": "demo", "fault": None}
    assert (delivery["status"], delivery["attempts"]) == ("RETRYING", 2)


def test_a_receiver_that_is_gone_is_left_alone(caller: Caller, receiver: Receiver) -> None:
    gone = receiver.webhook("hook/410")
    first = submit(caller, gone)
    [refused] = ended(caller, first)
    second = submit(caller, gone)
    [not_sent] = ended(caller, second)

    caller.post(f"/deliveries/{not_sent['id']}/redeliver")
    [tried] = until(lambda: receiver.of(second), bool)
    assert (refused["status"], len(receiver.of(first))) == ("FAILED", 1)
    assert "410" in not_sent["lastError"]
    assert tried["webhookId"] == not_sent["id"]


def test_nothing_of_the_operator_s_is_a_destination(caller: Caller) -> None:
    queue = {"type": "sqs", "queueArn": "arn:aws:sqs:us-east-1:000000000000:spillway-delivery"}

    answer = caller.post("/jobs", {"payload": 1, "destination": queue})

    assert answer.status_code == 403
    assert answer.json()["errors"][0]["pointer"] == "#/destination/queueArn"


def _at_s(came: Any) -> float:
    return datetime.fromisoformat(came["receivedAt"]).timestamp()
