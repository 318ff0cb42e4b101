"""Target tracking: the two alarms that AWS makes for a policy, and the tasks it asks for.

https://docs.aws.amazon.com/autoscaling/application/userguide/target-tracking-scaling-policy-overview.html
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scaling.engine.alarms import Alarm, Comparison
from scaling.engine.cooldown import COOLDOWN_S

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scaling.engine.metrics import Metric, Statistic

PERIOD_S = 60
HIGH_DATAPOINTS = 3
LOW_DATAPOINTS = 15
LOW_SHARE = 0.9
"""Of the target. AWS promises neither this nor the numbers of datapoints ("usually more than 10%
lower"); it is what the alarms it makes for ECS say: aws/containers-roadmap#1208."""
_NOISE = 1e-9
"""Division leaves 3.0000000000000004 of what is 3; that is no fourth task."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackingPolicy:
    """A target tracking policy of the target `target`, on a metric of one's own choice."""

    name: str
    target: str
    metric: Metric
    statistic: Statistic
    target_value: float
    out_cooldown_s: int = COOLDOWN_S
    in_cooldown_s: int = COOLDOWN_S
    scales_in: bool = True

    def alarms(self) -> Sequence[Alarm]:
        """Return the alarms that AWS makes: above the target, and well below it if it scales in."""
        high = self._alarm("AlarmHigh", Comparison.ABOVE, self.target_value, HIGH_DATAPOINTS)
        low_value = LOW_SHARE * self.target_value
        low = self._alarm("AlarmLow", Comparison.BELOW, low_value, LOW_DATAPOINTS)
        return (high, low) if self.scales_in else (high,)

    def value(self, datapoints: Sequence[float]) -> float:
        """Return what of the alarm's datapoints is held against the target: the newest."""
        return datapoints[-1]

    def change(self, alarm: Alarm, value: float, running: int) -> int:
        """Return the tasks to add to those running, negative to remove.

        Never against the alarm: what is too few by the newest datapoint is not taken away by an
        alarm that the datapoints before it gave.
        """
        change = needed(running, value, self.target_value) - running
        return max(0, change) if alarm.comparison.is_upward else min(0, change)

    def _alarm(self, kind: str, comparison: Comparison, threshold: float, datapoints: int) -> Alarm:
        return Alarm(
            name=f"{self.name}-{kind}",
            metric=self.metric,
            statistic=self.statistic,
            period_s=PERIOD_S,
            evaluation_periods=datapoints,
            datapoints_to_alarm=datapoints,
            threshold=threshold,
            comparison=comparison,
        )


def needed(running: int, value: float, target_value: float) -> int:
    """Return the tasks that bring a metric per task to its target, rounded up.

    It is rounded so as to never add too little or remove too much; with no task running there is
    nothing to multiply, and one is added as a start:
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-auto-scaling.html
    """
    if running == 0:
        return int(value > target_value)
    return math.ceil(running * value / target_value - _NOISE)
