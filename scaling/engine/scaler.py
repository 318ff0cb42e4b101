"""One scalable target: what its policies ask for, and what becomes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from scaling.engine.cooldown import Cooldowns
from scaling.engine.tracking import TrackingPolicy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scaling.engine.alarms import Alarm
    from scaling.engine.plan import Policy, ScalableTarget


@dataclass(frozen=True, slots=True)
class Tasks:
    """A service's counts."""

    running: int
    desired: int


class Service(Protocol):
    """What runs the tasks: ECS, or what stands for it."""

    def tasks(self) -> Tasks:
        """Return the counts as they are now."""

    def scale(self, desired: int, reason: str) -> None:
        """Set the desired count."""


@dataclass(frozen=True, slots=True)
class Demand:
    """An alarm's call on a policy, and the datapoints that the alarm was given for."""

    alarm: Alarm
    policy: Policy
    datapoints: Sequence[float]

    @property
    def value(self) -> float:
        """Return the metric as the policy sees it."""
        return self.policy.value(self.datapoints)

    def change(self, running: int) -> int:
        """Return the tasks asked for, more or less than those running; 0 without datapoints."""
        return self.policy.change(self.alarm, self.value, running) if self.datapoints else 0

    def reason(self, desired: int) -> str:
        """Say why the desired count becomes this one."""
        alarm = self.alarm
        breach = f"{alarm.metric.name} {self.value:g} {alarm.comparison.sign} {alarm.threshold:g}"
        tasks = f"{desired} task{'' if desired == 1 else 's'}"
        return f"{alarm.name}: {breach}, {self.policy.name} asks for {tasks}"


@dataclass(frozen=True, slots=True)
class Activity:
    """A desired count that was changed, and why. Times are epoch seconds."""

    at_s: float
    target: str
    policy: str
    before: int
    after: int
    reason: str


class Scaler:
    """Carry out the policies of one target.

    The tasks that run are what is added to and removed from, not those desired; and a count
    outside the limits is brought back into them by an activity of that direction alone:
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-auto-scaling.html
    """

    def __init__(
        self, target: ScalableTarget, service: Service, tracking: Sequence[TrackingPolicy]
    ) -> None:
        self._target = target
        self._service = service
        self._tracking = {policy.name for policy in tracking}
        self._cooldowns = Cooldowns()

    def answer(self, demand: Demand, standing: Sequence[Demand], now_s: float) -> Activity | None:
        """Do what a policy asks for; None where nothing changes.

        `standing` is what all alarms of the target that are in ALARM ask for, this one included.
        """
        tasks = self._service.tasks()
        change = demand.change(tasks.running)
        if change > 0:
            return self._out(demand, change, tasks, now_s)
        if change < 0 and not self._is_held(demand, standing, tasks, now_s):
            return self._in(demand, standing, tasks, now_s)
        return None

    def _out(self, demand: Demand, change: int, tasks: Tasks, now_s: float) -> Activity | None:
        policy = demand.policy
        base = self._cooldowns.base(policy.name, tasks.running, now_s)
        desired = self._target.within(base + change)
        if desired <= tasks.desired:
            return None
        activity = self._scale(demand, tasks.desired, desired, now_s)
        self._cooldowns.scaled_out(policy.name, base, now_s + policy.out_cooldown_s)
        return activity

    def _in(
        self, demand: Demand, standing: Sequence[Demand], tasks: Tasks, now_s: float
    ) -> Activity | None:
        """Scale in to the largest count that any policy leaves.

        https://docs.aws.amazon.com/autoscaling/application/userguide/target-tracking-scaling-policy-overview.html#target-tracking-multiple-scaling-policies
        """
        changes = (each.change(tasks.running) for each in (demand, *standing))
        least = max(change for change in changes if change < 0)
        desired = self._target.within(tasks.running + least)
        if desired >= tasks.desired:
            return None
        policy = demand.policy
        activity = self._scale(demand, tasks.desired, desired, now_s)
        self._cooldowns.scaled_in(policy.name, now_s + policy.in_cooldown_s)
        return activity

    def _is_held(
        self, demand: Demand, standing: Sequence[Demand], tasks: Tasks, now_s: float
    ) -> bool:
        """Tell whether the demand to scale in must wait.

        For its cooldown, for a policy that scales out, and, if it is target tracking, for all
        others that are; a step policy is not held back by them.
        https://docs.aws.amazon.com/autoscaling/application/userguide/target-tracking-scaling-policy-overview.html#target-tracking-multiple-scaling-policies
        """
        asked = {each.policy.name: each.change(tasks.running) for each in standing}
        agreed = {name for name, change in asked.items() if change < 0}
        return (
            self._cooldowns.blocks_in(demand.policy.name, now_s)
            or any(change > 0 for change in asked.values())
            or (isinstance(demand.policy, TrackingPolicy) and not self._tracking <= agreed)
        )

    def _scale(self, demand: Demand, before: int, after: int, now_s: float) -> Activity:
        reason = demand.reason(after)
        self._service.scale(after, reason)
        return Activity(now_s, self._target.name, demand.policy.name, before, after, reason)
