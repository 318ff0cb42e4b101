"""What most people would write: one send with boto3, nothing stored, nothing checked."""

from __future__ import annotations

import json
import os
import uuid
from typing import Any

import boto3

SQS = boto3.client("sqs")


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ANN401, ARG001
    """AWS Lambda's entry."""
    job_id = str(uuid.uuid4())
    message = {"jobId": job_id, "payload": json.loads(event["body"])["payload"]}
    SQS.send_message(QueueUrl=os.environ["QUEUE_URL"], MessageBody=json.dumps(message))
    return {"statusCode": 202, "body": json.dumps({"jobId": job_id})}
