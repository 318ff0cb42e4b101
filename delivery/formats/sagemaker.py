"""The message by which SageMaker Asynchronous Inference tells of a result.

Its fields are those of AWS's examples, where neither `S3FailurePath` nor
`IncludeInferenceResponseIn` is set: a failure has no `responseParameters`, and a success tells
where its result lies but has no `responseBody`.
https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference-check-predictions.html

`inputLocation` is where the payload lies. One that came within its request lies nowhere: the field
is left out, as an address under which nothing is found would mislead more than none.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from spillway.errors import DeliveryRefused
from spillway.event import EventType

if TYPE_CHECKING:
    from collections.abc import Mapping

_MEDIA_TYPE = "application/json"


def notification(text: str, *, region: str) -> dict[str, Any]:
    """The message for an event; `text` is what a webhook is told of it (announcement.py).

    Raises:
        DeliveryRefused: SageMaker has no message for such an event.

    """
    told = json.loads(text)
    if told["type"] == EventType.STARTED:
        raise DeliveryRefused(f"SageMaker's format has no message for {told['type']}")
    job = told["data"]
    return {
        "awsRegion": region,
        "eventTime": told["timestamp"],
        "receivedTime": job["createdAt"],
        **_outcome(told["type"], job),
        "inferenceId": job["jobId"],
        "eventVersion": "1.0",
        "eventSource": "aws:sagemaker",
        "eventName": "InferenceResult",
    }


def _outcome(event: str, job: Mapping[str, Any]) -> dict[str, Any]:
    if event != EventType.SUCCEEDED:
        return {
            "invocationStatus": "Failed",
            "failureReason": _reason(job),
            "requestParameters": _request(job),
        }
    return {
        "invocationStatus": "Completed",
        "requestParameters": _request(job),
        "responseParameters": {
            "contentType": _MEDIA_TYPE,
            "outputLocation": job["result"]["uri"],
        },
    }


def _reason(job: Mapping[str, Any]) -> str:
    error = job.get("error")
    return (
        f"the job is {job['status']}" if error is None else f"{error['code']}: {error['message']}"
    )


def _request(job: Mapping[str, Any]) -> dict[str, str]:
    request = {"contentType": _MEDIA_TYPE, "endpointName": job["model"]}
    uri = job["payload"].get("uri")
    return request if uri is None else {**request, "inputLocation": uri}
