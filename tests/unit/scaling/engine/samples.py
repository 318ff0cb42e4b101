"""Alarms, policies and a service to try the rules on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from scaling.engine.alarms import Alarm, Comparison
from scaling.engine.metrics import Metric, Statistic
from scaling.engine.scaler import Tasks
from scaling.engine.step import AdjustmentType, Step, StepPolicy
from scaling.engine.tracking import TrackingPolicy

SHORTFALL = Metric("Spillway", "TaskShortfall", frozenset({("Stack", "core"), ("Model", "demo")}))
SURPLUS = Metric("Spillway", "TaskSurplus", SHORTFALL.dimensions)
BACKLOG = Metric("Spillway", "BacklogPerTask", SHORTFALL.dimensions)


def alarm(**given: Any) -> Alarm:
    made: dict[str, Any] = {
        "name": "TaskShortfallAlarm",
        "metric": SHORTFALL,
        "statistic": Statistic.MAXIMUM,
        "period_s": 10,
        "evaluation_periods": 1,
        "datapoints_to_alarm": 1,
        "threshold": 1,
        "comparison": Comparison.AT_LEAST,
    }
    return Alarm(**made | given)


def surplus_alarm(**given: Any) -> Alarm:
    return alarm(name="TaskSurplusAlarm", metric=SURPLUS, period_s=60, **given)


def step_policy(*steps: tuple[float | None, float | None, int], **given: Any) -> StepPolicy:
    made: dict[str, Any] = {
        "name": "ScaleOutPolicy",
        "target": "ServiceScaling",
        "adjustment_type": AdjustmentType.CHANGE,
        "steps": tuple(Step(*step) for step in steps),
    }
    return StepPolicy(**made | given)


def scale_in_policy(**given: Any) -> StepPolicy:
    """Each surplus task up to ten is removed at once."""
    steps: list[tuple[float | None, float | None, int]] = [
        (float(each), float(each + 1), -each - 1) for each in range(9)
    ]
    return step_policy(*steps, (9.0, None, -10), name="ScaleInPolicy", **given)


def tracking_policy(**given: Any) -> TrackingPolicy:
    made: dict[str, Any] = {
        "name": "BacklogPolicy",
        "target": "ServiceScaling",
        "metric": BACKLOG,
        "statistic": Statistic.AVERAGE,
        "target_value": 10.0,
    }
    return TrackingPolicy(**made | given)


@dataclass
class FakeService:
    """Tasks that run only when the test says so."""

    running: int = 0
    desired: int = 0
    reasons: list[str] = field(default_factory=list)

    def tasks(self) -> Tasks:
        return Tasks(self.running, self.desired)

    def scale(self, desired: int, reason: str) -> None:
        self.desired = desired
        self.reasons.append(reason)

    def settle(self) -> None:
        """Every task that is wanted runs."""
        self.running = self.desired
