"""Step scaling: how many tasks a breach of this size adds or removes.

https://docs.aws.amazon.com/autoscaling/application/userguide/step-scaling-policy-overview.html
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING

from scaling.engine.cooldown import COOLDOWN_S
from scaling.engine.metrics import Statistic

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scaling.engine.alarms import Alarm


MOST_STEPS = 20
"""https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-quotas.html"""


class AdjustmentType(StrEnum):
    """What a step's number means."""

    CHANGE = "ChangeInCapacity"
    EXACT = "ExactCapacity"
    PERCENT = "PercentChangeInCapacity"


@dataclass(frozen=True, slots=True)
class Step:
    """An adjustment for breaches from `lower` to `upper`, both relative to the threshold.

    None is without bound.
    """

    lower: float | None
    upper: float | None
    adjustment: int

    @property
    def is_empty(self) -> bool:
        """Tell whether no breach is this step's."""
        return self.lower is not None and self.upper is not None and self.lower >= self.upper

    def covers(self, breach: float, *, is_above: bool) -> bool:
        """Tell whether a breach of this size is this step's.

        Above the threshold the lower bound belongs to the step, below it the upper one.
        https://docs.aws.amazon.com/autoscaling/application/APIReference/API_StepAdjustment.html
        """
        lower = -math.inf if self.lower is None else self.lower
        upper = math.inf if self.upper is None else self.upper
        return lower <= breach < upper if is_above else lower < breach <= upper


@dataclass(frozen=True, slots=True, kw_only=True)
class StepPolicy:
    """A step scaling policy of the target `target`."""

    name: str
    target: str
    adjustment_type: AdjustmentType
    steps: tuple[Step, ...]
    aggregation: Statistic = Statistic.AVERAGE
    cooldown_s: int = COOLDOWN_S
    min_magnitude: int = 0
    """Tasks; for percentages alone."""

    @property
    def out_cooldown_s(self) -> int:
        """Return the cooldown after scaling out; a step policy has but one."""
        return self.cooldown_s

    @property
    def in_cooldown_s(self) -> int:
        """Return the cooldown after scaling in."""
        return self.cooldown_s

    def value(self, datapoints: Sequence[float]) -> float:
        """Return what of the alarm's datapoints is compared with the steps."""
        return self.aggregation.of(datapoints)

    def change(self, alarm: Alarm, value: float, running: int) -> int:
        """Return the tasks to add to those running, negative to remove; 0 where no step is met."""
        step = met(self.steps, alarm, value)
        return 0 if step is None else self._change(step.adjustment, running)

    def _change(self, adjustment: int, running: int) -> int:
        if self.adjustment_type is AdjustmentType.EXACT:
            return adjustment - running
        if self.adjustment_type is AdjustmentType.PERCENT:
            return at_least(self.min_magnitude, whole(running * adjustment / 100))
        return adjustment


def met(steps: Sequence[Step], alarm: Alarm, value: float) -> Step | None:
    """Return the step that a value falls into.

    On the threshold itself it counts to the side on which the alarm breaches.
    """
    breach = value - alarm.threshold
    is_above = breach > 0 or (breach == 0 and alarm.comparison.is_upward)
    return next((step for step in steps if step.covers(breach, is_above=is_above)), None)


def whole(tasks: float) -> int:
    """Return a percentage of the capacity in whole tasks: toward zero, but one where any.

    12.7 → 12, 0.67 → 1, -0.58 → -1, -6.67 → -6: the notes on PercentChangeInCapacity in
    https://docs.aws.amazon.com/autoscaling/application/userguide/step-scaling-policy-overview.html
    """
    if 0 < abs(tasks) < 1:
        return int(math.copysign(1, tasks))
    return math.trunc(tasks)


def at_least(magnitude: int, tasks: int) -> int:
    """Return a change that is not smaller than the least one, if it is any."""
    return int(math.copysign(max(magnitude, abs(tasks)), tasks)) if tasks else 0


def fault(steps: Sequence[Step]) -> str:
    """Return what is wrong with a policy's steps, "" where nothing is.

    https://docs.aws.amazon.com/autoscaling/application/APIReference/API_StepAdjustment.html
    """
    if not steps:
        return "must have at least one step"
    if len(steps) > MOST_STEPS:
        return f"must have at most {MOST_STEPS} steps, not {len(steps)}"
    return next((problem for problem in map(_fault, steps) if problem), "") or _gap(steps)


def _fault(step: Step) -> str:
    if step.lower is None and step.upper is None:
        return "must have a lower or an upper bound in each step"
    return "must have a lower bound below the upper one in each step" if step.is_empty else ""


def _gap(steps: Sequence[Step]) -> str:
    ordered = sorted(steps, key=lambda step: -math.inf if step.lower is None else step.lower)
    if any(one.upper != other.lower or one.upper is None for one, other in pairwise(ordered)):
        return "must neither overlap nor leave a gap"
    if (ordered[0].lower or 0) < 0:
        return "must have a step without lower bound, as one begins below the threshold"
    if (ordered[-1].upper or 0) > 0:
        return "must have a step without upper bound, as one ends above the threshold"
    return ""
