"""What a template asks of CloudWatch and Application Auto Scaling."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scaling.engine.step import StepPolicy
from scaling.engine.tracking import TrackingPolicy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scaling.engine.alarms import Alarm

type Policy = StepPolicy | TrackingPolicy


@dataclass(frozen=True, slots=True)
class ScalableTarget:
    """A service whose desired count is set, within these limits."""

    name: str
    min_tasks: int
    max_tasks: int

    def within(self, tasks: int) -> int:
        """Return the nearest count within the limits."""
        return max(self.min_tasks, min(self.max_tasks, tasks))


@dataclass(frozen=True, slots=True)
class Trigger:
    """An alarm and the policies that it invokes, each minute that it is in ALARM."""

    alarm: Alarm
    policies: tuple[Policy, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """The targets with their policies, and the alarms, AWS's own for target tracking included."""

    targets: tuple[ScalableTarget, ...]
    policies: tuple[Policy, ...]
    triggers: tuple[Trigger, ...]

    def tracking(self, target: str) -> Sequence[TrackingPolicy]:
        """Return a target's target tracking policies that may scale in."""
        return [
            policy
            for policy in self.policies
            if isinstance(policy, TrackingPolicy) and policy.target == target and policy.scales_in
        ]
