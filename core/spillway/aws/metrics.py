"""Figures told to CloudWatch as metrics of one's own."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import batched
from typing import TYPE_CHECKING

from spillway.aws.faults import translated

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_cloudwatch.literals import StandardUnitType
    from mypy_boto3_cloudwatch.type_defs import MetricDatumTypeDef

    from spillway.ports import Datum

NAMESPACE = "Spillway"
_AT_ONCE = 1_000  # CloudWatch's limit
_HIGH_RESOLUTION = 1
"""Kept by the second: an alarm over less than a minute takes no other."""


class CloudWatchMetrics:
    """Metrics with the dimensions Stack and Model."""

    def __init__(self, cloudwatch: CloudWatchClient, stack: str) -> None:
        self._cloudwatch = cloudwatch
        self._stack = stack

    def put(self, data: Sequence[Datum], *, at_ms: int) -> None:
        at = datetime.fromtimestamp(at_ms / 1000, UTC)
        for some in batched(data, _AT_ONCE, strict=False):
            with translated("CloudWatch"):
                self._cloudwatch.put_metric_data(
                    Namespace=NAMESPACE, MetricData=[self._metric(datum, at) for datum in some]
                )

    def _metric(self, datum: Datum, at: datetime) -> MetricDatumTypeDef:
        unit: StandardUnitType = datum.unit  # type: ignore[assignment]
        return {
            "MetricName": datum.name,
            "Dimensions": [
                {"Name": "Stack", "Value": self._stack},
                {"Name": "Model", "Value": datum.model},
            ],
            "Timestamp": at,
            "Value": datum.value,
            "Unit": unit,
            "StorageResolution": _HIGH_RESOLUTION,
        }
