"""The models' live figures, one item a model in the JobsTable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from spillway.aws.attributes import from_item
from spillway.aws.batch import batch_get
from spillway.aws.faults import code, translated, unavailable
from spillway.aws.live_item import decision_record, figures, measured_record, tasks_record
from spillway.aws.wire.figures import PREFIX, adding, key, updating
from spillway.decisions import appended
from spillway.live import LiveFigures

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mypy_boto3_dynamodb import DynamoDBClient

    from spillway.live import Decision, Measured, TasksSeen
    from spillway.update import Record, Value

_TRIES = 5
"""Each one that fails is a decision of somebody else's, and more than two hardly ever decide."""


class DynamoFigures:
    """Items `MODEL#<model>`. None is made before there is something to note."""

    def __init__(self, dynamodb: DynamoDBClient, table: str) -> None:
        self._dynamodb = dynamodb
        self._table = table

    def read(self, models: Sequence[str]) -> Mapping[str, LiveFigures]:
        found = {
            item["pk"]["S"].removeprefix(PREFIX): figures(from_item(item))
            for item in batch_get(self._dynamodb, self._table, [PREFIX + model for model in models])
        }
        return {model: found.get(model, LiveFigures()) for model in models}

    def add(self, model: str, *, busy_ms: int, jobs: int) -> None:
        with translated("DynamoDB"):
            self._dynamodb.update_item(**adding(self._table, model, busy_ms=busy_ms, jobs=jobs))

    def wake(self, model: str, *, now_ms: int, apart_ms: int) -> bool:
        condition = "attribute_not_exists(wokenAt) OR wokenAt <= :before OR wokenAt > :ahead"
        values = {":now": now_ms, ":before": now_ms - apart_ms, ":ahead": now_ms + apart_ms}
        return self._update_if(condition, model, "SET wokenAt = :now", values)

    def note(
        self,
        model: str,
        *,
        tasks: TasksSeen,
        work_at_ms: int | None = None,
        measured: Measured | None = None,
    ) -> None:
        noted: dict[str, Value] = {"tasks": tasks_record(tasks)}
        if work_at_ms is not None:
            noted["workAt"] = work_at_ms
        if measured is not None:
            noted |= measured_record(measured)
        assigned = ", ".join(f"{name} = :{name}" for name in noted)
        self._update(model, f"SET {assigned}", {f":{name}": noted[name] for name in noted})

    def decided(self, model: str, decision: Decision) -> None:
        for _ in range(_TRIES):
            known = self._decisions(model)
            kept = appended(known, decision)
            if kept == known or self._replace(model, known, kept):
                return
        raise unavailable("DynamoDB", "others changed the decisions each time")

    def _decisions(self, model: str) -> tuple[Decision, ...]:
        """The decisions as they are now: what another has just written must be among them."""
        with translated("DynamoDB"):
            found = self._dynamodb.get_item(
                TableName=self._table, Key=key(model), ConsistentRead=True
            )
        item: Mapping[str, Any] = found.get("Item", {})
        return figures(from_item(item)).decisions

    def _replace(self, model: str, known: tuple[Decision, ...], kept: tuple[Decision, ...]) -> bool:
        """Write the decisions, unless they are no longer those known."""
        condition = "decisions = :known" if known else "attribute_not_exists(decisions)"
        values: dict[str, Value] = {":kept": tuple(map(decision_record, kept))}
        if known:
            values[":known"] = tuple(map(decision_record, known))
        return self._update_if(condition, model, "SET decisions = :kept", values)

    def _update_if(self, condition: str, model: str, expression: str, values: Record) -> bool:
        """Whether the condition held, and so was written."""
        try:
            self._update(model, expression, values, condition=condition)
        except ClientError as error:
            if code(error) == "ConditionalCheckFailedException":
                return False
            raise
        return True

    def _update(
        self, model: str, expression: str, values: Record, *, condition: str | None = None
    ) -> None:
        request = updating(self._table, model, expression, values, condition=condition)
        with translated("DynamoDB"):
            self._dynamodb.update_item(**request)
