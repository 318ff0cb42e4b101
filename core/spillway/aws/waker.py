"""Wakes asked for from the function that sets the models' services going."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from spillway.aws.faults import translated

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient


class LambdaWaker:
    """One asynchronous invocation a wake: Lambda keeps it until there is room."""

    def __init__(self, functions: LambdaClient, function: str) -> None:
        self._functions = functions
        self._function = function

    def wake(self, model: str) -> None:
        with translated("Lambda"):
            self._functions.invoke(
                FunctionName=self._function,
                InvocationType="Event",
                Payload=json.dumps({"wake": model}).encode(),
            )
