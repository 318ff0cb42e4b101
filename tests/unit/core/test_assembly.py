from __future__ import annotations

from typing import Any

from spillway.aws.assembly import backend
from spillway.destinations.destination import Destination, to_text
from spillway.intake import Order
from spillway.settings import FunctionSettings
from spillway.submission import parse

HOOKS = to_text([Destination("webhook", "https://example.com/hook")])
SETTINGS = {
    "STACK_NAME": "spillway",
    "JOBS_TABLE": "jobs",
    "INPUT_BUCKET": "inputs",
    "RESULT_BUCKET": "results",
    "AUTH_MODE": "ApiKey",
    "DELIVERIES_TABLE": "deliveries",
}


class Aws:
    """DynamoDB and SQS, as far as one job needs them; remembers what it was asked."""

    def __init__(self) -> None:
        self.read: list[tuple[str, str]] = []
        self.jobs: list[dict[str, Any]] = []

    def get_item(self, *, TableName: str, Key: Any, **_: object) -> dict[str, Any]:  # noqa: N803
        self.read.append((TableName, Key["pk"]["S"]))
        return {"Item": {"pk": Key["pk"], "destinations": {"S": HOOKS}}}

    def put_item(self, *, Item: dict[str, Any], **_: object) -> dict[str, Any]:  # noqa: N803
        self.jobs.append(Item)
        return {}

    def get_queue_url(self, **_: object) -> dict[str, Any]:
        return {"QueueUrl": "https://queue"}

    def send_message(self, **_: object) -> dict[str, Any]:
        return {}


def accept() -> Aws:
    """Have a job accepted that names no destinations."""
    aws: Any = Aws()
    settings = FunctionSettings.read(SETTINGS)
    parts = backend(settings, dynamodb=aws, sqs=aws, s3=aws, functions=aws)
    wanted = parse(b'{"payload": 1}', tenant="acme", default_model="default")
    parts.intake.accept(Order("acme", "j1", wanted, is_repeatable=True))
    assert isinstance(aws, Aws)
    return aws


def test_a_tenants_default_is_read_from_the_deliveries_table() -> None:
    aws = accept()

    assert aws.read == [("deliveries", "DESTINATIONS#acme")]
    assert aws.jobs[0]["destinations"] == {"S": HOOKS}
