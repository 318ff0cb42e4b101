"""CloudWatch's evaluation of an alarm, as a function of its datapoints.

- How alarms are evaluated:
  https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
- What missing datapoints do:
  https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
- Which periods there are:
  https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
"""

from __future__ import annotations

import operator
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from scaling.engine.metrics import Metric, Statistic

MINUTE_S = 60
HIGH_RESOLUTION_S = 10
SHORT_PERIODS_S = (10, 20, 30)
FURTHER_SLOTS = 2
"""AWS looks at more datapoints than EvaluationPeriods and does not say at how many more; in its
examples, which have 3 evaluation periods, it is at 5."""


class State(StrEnum):
    """What an alarm can be in."""

    OK = "OK"
    ALARM = "ALARM"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"


class Missing(StrEnum):
    """What TreatMissingData makes of a datapoint that is not there."""

    MISSING = "missing"
    IGNORE = "ignore"
    BREACHING = "breaching"
    NOT_BREACHING = "notBreaching"


class Comparison(StrEnum):
    """When a datapoint breaches. Anomaly detection's comparisons are not among them."""

    AT_LEAST = "GreaterThanOrEqualToThreshold"
    ABOVE = "GreaterThanThreshold"
    AT_MOST = "LessThanOrEqualToThreshold"
    BELOW = "LessThanThreshold"

    @property
    def is_upward(self) -> bool:
        """Tell whether values above the threshold breach."""
        return self in (Comparison.AT_LEAST, Comparison.ABOVE)

    @property
    def sign(self) -> str:
        """Return it as it is written in a formula."""
        return _SIGNS[self][0]

    def holds(self, value: float, threshold: float) -> bool:
        """Tell whether the value breaches."""
        return bool(_SIGNS[self][1](value, threshold))


_SIGNS = {
    Comparison.AT_LEAST: ("≥", operator.ge),
    Comparison.ABOVE: (">", operator.gt),
    Comparison.AT_MOST: ("≤", operator.le),
    Comparison.BELOW: ("<", operator.lt),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """A metric alarm with a fixed threshold: M of N datapoints, each of `period_s` seconds."""

    name: str
    metric: Metric
    statistic: Statistic
    period_s: int
    evaluation_periods: int
    datapoints_to_alarm: int
    threshold: float
    comparison: Comparison
    missing: Missing = Missing.MISSING

    @property
    def interval_s(self) -> int:
        """How often it is evaluated: each minute, with a period below a minute every 10 s."""
        return MINUTE_S if self.period_s >= MINUTE_S else HIGH_RESOLUTION_S

    @property
    def slots(self) -> int:
        """How many of the newest periods are looked at: the evaluation range."""
        return self.evaluation_periods + FURTHER_SLOTS

    def breaches(self, value: float) -> bool:
        """Tell whether a datapoint breaches the threshold."""
        return self.comparison.holds(value, self.threshold)


def windows(alarm: Alarm, now_s: float) -> Iterable[tuple[float, float]]:
    """Return the periods that an evaluation at this time looks at, the oldest first.

    They slide: an alarm of five minutes looks at minutes 1 to 5, and a minute later at 2 to 6.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
    """
    end_s = now_s // alarm.interval_s * alarm.interval_s
    starts = (end_s - age * alarm.period_s for age in range(alarm.slots, 0, -1))
    return [(start_s, start_s + alarm.period_s) for start_s in starts]


def evaluated(alarm: Alarm, slots: Sequence[float | None]) -> Sequence[float]:
    """Return the datapoints that an evaluation counts: the newest N of those that are there."""
    return [value for value in slots if value is not None][-alarm.evaluation_periods :]


def evaluate(alarm: Alarm, slots: Sequence[float | None], state: State) -> State:
    """Return the state after an evaluation; `slots` are the range's datapoints, the oldest first.

    With N datapoints that are there, the missing ones do not count, however they are treated.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
    """
    real = evaluated(alarm, slots)
    breaches = sum(map(alarm.breaches, real))
    lacking = alarm.evaluation_periods - len(real)
    if lacking == 0 or alarm.missing is Missing.NOT_BREACHING:
        return _alarm_if(breaches >= alarm.datapoints_to_alarm)
    if alarm.missing is Missing.BREACHING:
        return _alarm_if(breaches + lacking >= alarm.datapoints_to_alarm)
    return _with_gaps(alarm, slots, state)


def _with_gaps(alarm: Alarm, slots: Sequence[float | None], state: State) -> State:
    """Return the state where too few datapoints are there and nothing stands for the others.

    One breach is enough once it is M periods old and nothing newer speaks against it; a newer one
    might just be late, and going to ALARM for it premature.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
    """
    real = evaluated(alarm, slots)
    breaches = sum(map(alarm.breaches, real))
    if breaches >= alarm.datapoints_to_alarm:
        return State.ALARM
    if breaches < len(real):
        return State.OK
    if alarm.missing is Missing.IGNORE:
        return state
    is_old = real and _age(slots) >= alarm.datapoints_to_alarm
    return State.ALARM if is_old else State.INSUFFICIENT_DATA


def _age(slots: Sequence[float | None]) -> int:
    """Return how many periods old the oldest datapoint is; the newest period is 1 old."""
    return next(len(slots) - index for index, value in enumerate(slots) if value is not None)


def _alarm_if(is_breached: bool) -> State:
    return State.ALARM if is_breached else State.OK
