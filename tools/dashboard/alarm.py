"""An alarm's state by its own rule, for an emulator that does not look at dimensions.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_cloudwatch.type_defs import MetricAlarmTypeDef

_COMPARE = {
    "GreaterThanThreshold": operator.gt,
    "GreaterThanOrEqualToThreshold": operator.ge,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}


def state(alarm: MetricAlarmTypeDef, points: Mapping[int, float], *, now_s: int) -> str:
    """ALARM where M of the last N periods breach the threshold, else OK.

    `points` are the metric's by the beginning of each period; one without data breaches or not,
    as `TreatMissingData` says.
    """
    period_s, periods = alarm["Period"], alarm["EvaluationPeriods"]
    last_s = now_s // period_s * period_s
    breaching = [
        _breaches(alarm, points.get(last_s - number * period_s)) for number in range(1, periods + 1)
    ]
    return "ALARM" if sum(breaching) >= alarm.get("DatapointsToAlarm", periods) else "OK"


def _breaches(alarm: MetricAlarmTypeDef, value: float | None) -> bool:
    if value is None:
        return alarm["TreatMissingData"] == "breaching"
    return bool(_COMPARE[alarm["ComparisonOperator"]](value, alarm["Threshold"]))
