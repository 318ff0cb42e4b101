"""What the stand-in's services have in common: operations by name, faults in AWS's words."""

from __future__ import annotations

import json
from typing import Any, Protocol

from benchmarks.worker.endpoint.http import Answer

type Document = dict[str, Any]


class Fault(Exception):
    """An error of the service's, by its code; `extra` goes with it."""

    def __init__(self, code: str, message: str = "", **extra: Any) -> None:  # noqa: ANN401
        super().__init__(f"{code}: {message}")
        self.document: Document = {"__type": code, "message": message, **extra}


class Service(Protocol):
    """A service that speaks AWS's JSON protocol."""

    async def call(self, operation: str, asked: Document) -> Document:
        """Carry out an operation, or raise `Fault`."""


async def answer(service: Service, operation: str, body: bytes) -> Answer:
    """One call by AWS's JSON protocol."""
    try:
        document, status = await service.call(operation, json.loads(body)), 200
    except Fault as fault:
        document, status = fault.document, 400
    headers = {"Content-Type": "application/x-amz-json-1.0"}
    return Answer(json.dumps(document).encode(), status, headers)
