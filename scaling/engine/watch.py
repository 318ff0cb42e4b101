"""One alarm over time: its state, and when its actions are due."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaling.engine.alarms import MINUTE_S, State, evaluate, evaluated, windows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scaling.engine.metrics import Metrics
    from scaling.engine.plan import Trigger


class Watch:
    """What is known of an alarm after its last evaluation. A new one lacks data."""

    def __init__(self, trigger: Trigger) -> None:
        self.trigger = trigger
        self.state = State.INSUFFICIENT_DATA
        self.datapoints: Sequence[float] = ()
        self._in_alarm = 0
        self._repeat_after = MINUTE_S // trigger.alarm.interval_s

    def evaluate(self, metrics: Metrics, now_s: float) -> bool:
        """Evaluate the alarm; tell whether it now invokes its policies.

        Unlike other actions, those of Auto Scaling are repeated, once a minute whatever the period:
        https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-actions.html
        """
        alarm = self.trigger.alarm
        slots = [
            metrics.datapoint(alarm.metric, alarm.statistic, *window, now_s=now_s)
            for window in windows(alarm, now_s)
        ]
        self.state = evaluate(alarm, slots, self.state)
        self.datapoints = evaluated(alarm, slots)
        self._in_alarm = self._in_alarm + 1 if self.state is State.ALARM else 0
        return self._in_alarm % self._repeat_after == 1 % self._repeat_after and self._in_alarm > 0
