"""The models that are deployed, by the parameters that their stacks leave in SSM."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from spillway.aws.faults import code, translated
from spillway.errors import UnknownModel
from spillway.ports import ModelEntry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mypy_boto3_ssm import SSMClient


LOG = logging.getLogger("spillway.registry")


class SsmRegistry:
    """The parameters under `/spillway/<stack>/models/`."""

    def __init__(self, ssm: SSMClient, stack: str) -> None:
        self._ssm = ssm
        self._path = f"/spillway/{stack}/models"

    def models(self) -> Sequence[ModelEntry]:
        pages = self._ssm.get_paginator("get_parameters_by_path").paginate(Path=self._path)
        with translated("SSM"):
            values = [item["Value"] for page in pages for item in page["Parameters"]]
        entries = [entry for value in values if (entry := _readable(value)) is not None]
        return sorted(entries, key=lambda entry: entry.model)

    def find(self, model: str) -> ModelEntry:
        with translated("SSM"):
            try:
                found = self._ssm.get_parameter(Name=f"{self._path}/{model}")
            except ClientError as error:
                if code(error) == "ParameterNotFound":
                    raise UnknownModel("no such model in the registry") from None
                raise
        return _entry(found["Parameter"]["Value"])


_OPTIONAL = {
    "minTasks": "min_tasks",
    "targetLatencySeconds": "target_latency_s",
    "startupSeconds": "startup_s",
}


def _readable(text: str) -> ModelEntry | None:
    """None, and a line in the log: one model that somebody broke is not the others' fault."""
    try:
        return _entry(text)
    except (ValueError, KeyError, TypeError):
        LOG.exception("entry not readable", extra={"entry": text})
        return None


def _entry(text: str) -> ModelEntry:
    value = json.loads(text)
    told = {field: int(value[name]) for name, field in _OPTIONAL.items() if name in value}
    # CloudFormation can't multiply.
    if "maxBatch" in value:
        told["slots"] = int(value["maxBatch"]) * int(value["concurrency"])
    if "idleMinutes" in value:
        told["idle_s"] = int(value["idleMinutes"]) * 60
    return ModelEntry(
        model=value["model"],
        queue_url=value["queueUrl"],
        max_tasks=int(value["maxTasks"]),
        max_attempts=int(value["maxAttempts"]),
        lease_s=int(value["leaseSeconds"]),
        model_uri=value["modelUri"],
        cluster=value["cluster"],
        service=value["service"],
        **told,
    )
