"""The models that are deployed, by the parameters that their stacks leave in SSM."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from spillway.aws.faults import translated
from spillway.ports import ModelEntry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mypy_boto3_ssm import SSMClient


class SsmRegistry:
    """The parameters under `/spillway/<stack>/models/`."""

    def __init__(self, ssm: SSMClient, stack: str) -> None:
        self._ssm = ssm
        self._path = f"/spillway/{stack}/models"

    def models(self) -> Sequence[ModelEntry]:
        pages = self._ssm.get_paginator("get_parameters_by_path").paginate(Path=self._path)
        with translated("SSM"):
            values = [item["Value"] for page in pages for item in page["Parameters"]]
        return sorted(map(_entry, values), key=lambda entry: entry.model)


def _entry(text: str) -> ModelEntry:
    value = json.loads(text)
    return ModelEntry(
        model=value["model"],
        queue_url=value["queueUrl"],
        max_tasks=int(value["maxTasks"]),
        max_attempts=int(value["maxAttempts"]),
        lease_s=int(value["leaseSeconds"]),
        model_uri=value["modelUri"],
    )
