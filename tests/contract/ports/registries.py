"""Models as their stacks announce them, on each implementation of the registry."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Protocol

from spillway import memory
from spillway.aws.registry import SsmRegistry
from spillway.ports import ModelEntry

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient

    from spillway.ports import Registry


class RegistryWorld(Protocol):
    """One core stack's registry."""

    @property
    def registry(self) -> Registry: ...

    def announce(self, model: str) -> None:
        """Do what deploying a model's stack does."""


class TwinRegistryWorld:
    """Entries in a list."""

    def __init__(self) -> None:
        self.registry = memory.MemoryRegistry()

    def announce(self, model: str) -> None:
        self.registry.entries.append(entry(model))


class SsmWorld:
    """Parameters as stacks/model.yaml writes them."""

    def __init__(self, ssm: SSMClient, stack: str) -> None:
        self._ssm = ssm
        self._stack = stack
        self.registry = SsmRegistry(ssm, stack)

    def announce(self, model: str) -> None:
        self.write(self._stack, model)

    def write(self, stack: str, model: str) -> None:
        told = entry(model)
        value = {
            "model": told.model,
            "queueUrl": told.queue_url,
            "queueArn": "arn:aws:sqs:us-east-1:000000000000:q",
            "deadLetterQueueUrl": f"{told.queue_url}_dlq",
            "cluster": told.cluster,
            "service": told.service,
            "minTasks": told.min_tasks,
            "maxTasks": told.max_tasks,
            "maxBatch": 3,
            "concurrency": "2",
            "targetLatencySeconds": told.target_latency_s,
            "startupSeconds": str(told.startup_s),
            "idleMinutes": 7,
            # CloudFormation writes a Number parameter into a JSON text as a text.
            "maxAttempts": str(told.max_attempts),
            "leaseSeconds": told.lease_s,
            "modelUri": told.model_uri,
        }
        name = f"/spillway/{stack}/models/{model}"
        self._ssm.put_parameter(Name=name, Value=json.dumps(value), Type="String")


def entry(model: str) -> ModelEntry:
    """What the registry tells of a model."""
    return ModelEntry(
        model=model,
        queue_url=f"https://sqs.us-east-1.amazonaws.com/000000000000/spillway_{model}",
        max_tasks=4,
        max_attempts=3,
        lease_s=30,
        model_uri=f"s3://models/{model}/",
        cluster="spillway",
        service=f"spillway-{model}",
        min_tasks=1,
        slots=6,
        target_latency_s=30,
        startup_s=45,
        idle_s=420,
    )
