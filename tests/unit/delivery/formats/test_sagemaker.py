from __future__ import annotations

import pytest

from delivery.formats.sagemaker import notification
from spillway.deliveries.announcement import text_of
from spillway.errors import DeliveryRefused
from spillway.event import EventType
from spillway.job import JobError, Status
from tests.unit.delivery.world import succeeded

FAILED = JobError("prediction_failed", "the model raised: no such label", retryable=True)


def test_a_success_reads_as_sagemakers() -> None:
    # Given a job whose payload was uploaded, as SageMaker has it
    job = succeeded(payload=None, payload_uri="s3://inputs/acme/cat.json")

    message = notification(text_of(job, EventType.SUCCEEDED), region="eu-west-1")

    assert message == {
        "awsRegion": "eu-west-1",
        "eventTime": "2027-01-15T07:59:59.900Z",
        "receivedTime": "2027-01-15T08:00:00.000Z",
        "invocationStatus": "Completed",
        "requestParameters": {
            "contentType": "application/json",
            "endpointName": "default",
            "inputLocation": "s3://inputs/acme/cat.json",
        },
        "responseParameters": {
            "contentType": "application/json",
            "outputLocation": "s3://results/results/acme/j1/1.json",
        },
        "inferenceId": "j1",
        "eventVersion": "1.0",
        "eventSource": "aws:sagemaker",
        "eventName": "InferenceResult",
    }


def test_a_failure_reads_as_sagemakers() -> None:
    job = succeeded(status=Status.FAILED, error=FAILED, result=None, result_uri=None)

    message = notification(text_of(job, EventType.FAILED), region="eu-west-1")

    assert message["invocationStatus"] == "Failed"
    assert message["failureReason"] == "prediction_failed: the model raised: no such label"
    assert "responseParameters" not in message
    assert message["inferenceId"] == "j1"


@pytest.mark.parametrize("status", [Status.CANCELLED, Status.EXPIRED])
def test_every_other_end_is_a_failure_to_sagemakers_consumers(status: Status) -> None:
    job = succeeded(status=status, result=None, result_uri=None)

    message = notification(text_of(job, EventType[status.name]), region="eu-west-1")

    assert message["invocationStatus"] == "Failed"
    assert message["failureReason"] == f"the job is {status}"


def test_a_payload_that_lies_nowhere_has_no_location() -> None:
    message = notification(text_of(succeeded(), EventType.SUCCEEDED), region="eu-west-1")

    assert "inputLocation" not in message["requestParameters"]


def test_sagemaker_never_tells_of_a_start() -> None:
    with pytest.raises(DeliveryRefused, match="no message for"):
        notification(text_of(succeeded(), EventType.STARTED), region="eu-west-1")
