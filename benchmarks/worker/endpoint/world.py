"""The services together: who is asked, how long it takes, how often it was."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING

from benchmarks.worker.endpoint import s3, service
from benchmarks.worker.endpoint.dynamodb import DynamoDb
from benchmarks.worker.endpoint.s3 import S3
from benchmarks.worker.endpoint.sqs import Sqs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from benchmarks.worker.endpoint.http import Answer, Request


class World:
    """What AWS is to those who are measured. Each call takes `latency_s`; then it happens."""

    def __init__(self, url: str) -> None:
        self.latency_s = 0.0
        self.calls: Counter[str] = Counter()
        self.sqs = Sqs(url)
        self.dynamodb = DynamoDb()
        self.s3 = S3()
        self._services: Mapping[str, service.Service] = {
            "AmazonSQS": self.sqs,
            "DynamoDB_20120810": self.dynamodb,
        }

    def clear(self) -> None:
        """Forget everything but the latency."""
        self.calls.clear()
        for part in (self.sqs, self.dynamodb, self.s3):
            part.clear()

    async def handle(self, request: Request) -> Answer:
        """Answer one call."""
        name, _, operation = request.headers.get("x-amz-target", "").partition(".")
        called = operation or s3.OPERATIONS.get(request.method, request.method)
        await asyncio.sleep(self.latency_s)
        self.calls[called] += 1
        if operation:
            return await service.answer(self._services[name], operation, request.body)
        return self.s3.call(request)
