from __future__ import annotations

from spillway.destinations.destination import Destination, to_text
from spillway.event import EventType
from spillway.job import JobError, Status
from spillway.view import accepted_document, instant, job_document, listed_document
from tests.unit.core.jobs import NOW_MS, job


def test_what_has_no_value_yet_is_left_out() -> None:
    assert job_document(job()) == {
        "jobId": "j1",
        "model": "default",
        "status": "QUEUED",
        "createdAt": "2027-01-15T08:00:00.000Z",
        "expiresAt": "2027-01-15T08:01:00.000Z",
        "ttlSeconds": 60,
        "timeoutSeconds": 900,
        "attempts": 0,
        "payload": {"bytes": 1},
        "metadata": {},
        "links": {
            "self": "/v1/jobs/j1",
            "result": "/v1/jobs/j1/result",
            "cancel": "/v1/jobs/j1/cancel",
            "retry": "/v1/jobs/j1/retry",
        },
    }


def test_destinations_are_shown_as_they_were_written() -> None:
    hook = Destination("webhook", "https://example.com/hook", (EventType.FAILED,))
    topic = Destination("sns", "arn:aws:sns:us-east-1:123456789012:done", format="sagemaker")
    told = job(destinations=to_text([hook, topic]))

    for document in job_document(told), listed_document(told):
        assert document["destinations"] == [
            {"type": "webhook", "url": "https://example.com/hook", "events": ["job.failed"]},
            {
                "type": "sns",
                "topicArn": "arn:aws:sns:us-east-1:123456789012:done",
                "format": "sagemaker",
            },
        ]


def test_deliveries_are_shown_where_they_are_known_even_if_there_is_none() -> None:
    assert job_document(job(), deliveries=[])["deliveries"] == []
    assert "deliveries" not in job_document(job())


def test_a_result_of_null_is_a_result() -> None:
    done = job(status=Status.SUCCEEDED, result="null", result_uri="s3://r")

    assert job_document(done)["result"] == {"uri": "s3://r", "inline": None}


def test_clocks_that_disagree_make_no_negative_times() -> None:
    odd = job(started_at_ms=NOW_MS - 5, completed_at_ms=NOW_MS - 9)

    assert job_document(odd)["timings"] == {"queueMs": 0, "runMs": 0}


def test_an_error_says_whether_another_try_may_help() -> None:
    failed = job(status=Status.FAILED, error=JobError("timeout", "slow", retryable=True))

    shown = job_document(failed)["error"]
    assert shown == {"code": "timeout", "message": "slow", "retryable": True}


def test_what_was_accepted_is_told_the_same_whatever_became_of_it() -> None:
    over = job(status=Status.FAILED, attempts=3)

    assert accepted_document(over) == accepted_document(job())


def test_an_instant_has_milliseconds_even_where_they_are_zero() -> None:
    assert instant(0) == "1970-01-01T00:00:00.000Z"
    assert instant(NOW_MS + 7) == "2027-01-15T08:00:00.007Z"
    assert instant(None) is None
