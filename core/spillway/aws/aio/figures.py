"""One model's live figures, from the writing end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spillway.aws.faults import translated
from spillway.aws.wire.figures import adding

if TYPE_CHECKING:
    from spillway.aws.aio.clients import JsonClient


class DynamoFigures:
    """The item `MODEL#<model>`."""

    def __init__(self, dynamodb: JsonClient, table: str, model: str) -> None:
        self._dynamodb = dynamodb
        self._table = table
        self._model = model

    async def add(self, *, busy_ms: int, jobs: int) -> None:
        request = adding(self._table, self._model, busy_ms=busy_ms, jobs=jobs)
        with translated("DynamoDB"):
            await self._dynamodb.update_item(**request)
