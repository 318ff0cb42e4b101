"""A scaling alarm's properties, read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaling.engine.alarms import MINUTE_S, SHORT_PERIODS_S, Alarm, Comparison, Missing
from scaling.engine.metrics import Metric, Statistic

if TYPE_CHECKING:
    from scaling.engine.properties import Properties

ACTIONS = ("AlarmActions", "OKActions", "InsufficientDataActions")
METRIC = ("Namespace", "MetricName", "Dimensions", "Statistic")
HOUR_S, DAY_S = 3600, 86_400
_ABOUT = ("AlarmName", "AlarmDescription", "ActionsEnabled", "Tags")
_EVALUATION = ("Period", "EvaluationPeriods", "DatapointsToAlarm", "TreatMissingData")
_BREACH = ("Threshold", "ComparisonOperator")


def read_alarm(given: Properties) -> Alarm:
    """Return an alarm that invokes policies."""
    given.limit_to(*_ABOUT, *ACTIONS, *METRIC, *_EVALUATION, *_BREACH)
    if not given.flag("ActionsEnabled", default=True):
        raise given.refuse("ActionsEnabled", "is false, so its policies are never invoked")
    periods = given.whole("EvaluationPeriods", least=1)
    datapoints = given.whole("DatapointsToAlarm", periods, least=1)
    if datapoints > periods:
        raise given.refuse("DatapointsToAlarm", f"must be at most EvaluationPeriods, {periods}")
    return Alarm(
        name=given.resource,
        metric=read_metric(given),
        statistic=given.choice("Statistic", Statistic),
        period_s=_period_s(given, periods),
        evaluation_periods=periods,
        datapoints_to_alarm=datapoints,
        threshold=given.number("Threshold"),
        comparison=given.choice("ComparisonOperator", Comparison),
        missing=given.choice("TreatMissingData", Missing, Missing.MISSING),
    )


def _period_s(given: Properties, periods: int) -> int:
    """Return an alarm's period, within what CloudWatch takes.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
    """
    period_s = given.whole("Period", least=1)
    if period_s not in SHORT_PERIODS_S and period_s % MINUTE_S:
        raise given.refuse("Period", f"must be 10, 20, 30 or a multiple of 60 s, not {period_s}")
    most_s = DAY_S if period_s < HOUR_S else 7 * DAY_S
    if period_s * periods > most_s:
        raise given.refuse("EvaluationPeriods", f"times Period must be at most {most_s} s")
    return period_s


def read_metric(given: Properties) -> Metric:
    """Return the metric that an alarm or a policy names."""
    dimensions = [(each.text("Name"), each.text("Value")) for each in given.parts("Dimensions")]
    return Metric(given.text("Namespace"), given.text("MetricName"), frozenset(dimensions))
