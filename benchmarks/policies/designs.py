"""What may follow the backlog: the template's own alarm and policy, and others in their place."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]

from scaling.engine import template
from scaling.engine.metrics import Statistic
from scaling.engine.plan import Plan, Trigger
from scaling.engine.resolution import Resolver
from scaling.engine.tracking import TrackingPolicy

STACK = Path(__file__).parents[2] / "stacks" / "model.yaml"
TARGET, SHORTFALL = "ServiceScaling", "TaskShortfallAlarm"
PSEUDO = {"AWS::Region": "us-east-1", "AWS::AccountId": "111122223333", "AWS::Partition": "aws"}


@dataclass(frozen=True, slots=True)
class Design:
    """Alarms with their policies, and whether the first job wakes the model."""

    title: str
    plan: Plan
    has_wake: bool


def designs(*, max_tasks: int, jobs_per_task: float) -> list[Design]:
    """Return ours first; `jobs_per_task` is the backlog that target tracking aims at."""
    ours = own(max_tasks)
    slow, tracking = with_period(ours, 60), with_tracking(ours, jobs_per_task)
    return [
        Design("wake, and steps on a 10 s alarm (the template)", ours, has_wake=True),
        Design("steps on a 10 s alarm, no wake", ours, has_wake=False),
        Design("steps on a 60 s alarm, no wake", slow, has_wake=False),
        Design("target tracking on BacklogPerTask, no wake", tracking, has_wake=False),
        Design("wake, and target tracking on BacklogPerTask", tracking, has_wake=True),
    ]


def own(max_tasks: int) -> Plan:
    """Return the plan that stacks/model.yaml makes with its defaults and this limit."""
    document = yaml_parse(STACK.read_text(encoding="utf-8"))
    resolver = Resolver(document, {"MaxTasks": str(max_tasks)}, PSEUDO)
    return template.read(resolver.part(document["Resources"]))


def with_period(plan: Plan, period_s: int) -> Plan:
    """Return it with another period for the alarm that scales out."""
    triggers = (
        replace(each, alarm=replace(each.alarm, period_s=period_s))
        if each.alarm.name == SHORTFALL
        else each
        for each in plan.triggers
    )
    return replace(plan, triggers=tuple(triggers))


def with_tracking(plan: Plan, jobs_per_task: float) -> Plan:
    """Return target tracking alone, on the metric that AWS's guide for queues tracks."""
    (shortfall,) = (each.alarm for each in plan.triggers if each.alarm.name == SHORTFALL)
    policy = TrackingPolicy(
        name="Tracking",
        target=TARGET,
        metric=replace(shortfall.metric, name="BacklogPerTask"),
        statistic=Statistic.AVERAGE,
        target_value=jobs_per_task,
    )
    triggers = tuple(Trigger(alarm, (policy,)) for alarm in policy.alarms())
    return Plan(plan.targets, (policy,), triggers)
