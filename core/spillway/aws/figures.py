"""The models' live figures, one item a model in the JobsTable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from spillway.aws.attributes import from_item
from spillway.aws.batch import batch_get
from spillway.aws.faults import code, translated
from spillway.aws.wire.figures import PREFIX, adding, updating
from spillway.ports import LiveFigures, Measured

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mypy_boto3_dynamodb import DynamoDBClient


class DynamoFigures:
    """Items `MODEL#<model>`. None is made before there is something to note."""

    def __init__(self, dynamodb: DynamoDBClient, table: str) -> None:
        self._dynamodb = dynamodb
        self._table = table

    def read(self, models: Sequence[str]) -> Mapping[str, LiveFigures]:
        found = {
            item["pk"]["S"].removeprefix(PREFIX): _figures(from_item(item))
            for item in batch_get(self._dynamodb, self._table, [PREFIX + model for model in models])
        }
        return {model: found.get(model, LiveFigures()) for model in models}

    def add(self, model: str, *, busy_ms: int, jobs: int) -> None:
        with translated("DynamoDB"):
            self._dynamodb.update_item(**adding(self._table, model, busy_ms=busy_ms, jobs=jobs))

    def wake(self, model: str, *, now_ms: int, apart_ms: int) -> bool:
        condition = "attribute_not_exists(wokenAt) OR wokenAt <= :before"
        values = {":now": now_ms, ":before": now_ms - apart_ms}
        try:
            self._update(model, "SET wokenAt = :now", values, condition=condition)
        except ClientError as error:
            if code(error) == "ConditionalCheckFailedException":
                return False
            raise
        return True

    def note(self, model: str, *, work_at_ms: int, measured: Measured | None) -> None:
        expression, values = "SET workAt = :work", {":work": work_at_ms}
        if measured is not None:
            expression += ", seenBusyMs = :busy, seenJobs = :jobs, usPerJob = :us"
            values |= {
                ":busy": measured.busy_ms,
                ":jobs": measured.jobs,
                ":us": measured.us_per_job,
            }
        self._update(model, expression, values)

    def _update(
        self,
        model: str,
        expression: str,
        values: Mapping[str, int],
        *,
        condition: str | None = None,
    ) -> None:
        request = updating(self._table, model, expression, values, condition=condition)
        with translated("DynamoDB"):
            self._dynamodb.update_item(**request)


def _figures(record: Mapping[str, Any]) -> LiveFigures:
    return LiveFigures(
        busy_ms=record.get("busyMs", 0),
        jobs=record.get("jobs", 0),
        woken_at_ms=record.get("wokenAt"),
        work_at_ms=record.get("workAt"),
        measured=_measured(record),
    )


def _measured(record: Mapping[str, Any]) -> Measured | None:
    if "usPerJob" not in record:
        return None
    return Measured(
        busy_ms=record["seenBusyMs"], jobs=record["seenJobs"], us_per_job=record["usPerJob"]
    )
