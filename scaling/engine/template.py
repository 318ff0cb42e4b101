"""The plan in a template: its scalable targets, scaling policies, and the alarms that invoke them.

What is read are resources as CloudFormation has them: SAM's transform done, parameters and
conditions resolved (`scaling.engine.resolution`). Every property of a policy and of an alarm that
invokes one is understood or refused by name. Names in the plan are logical ids.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scaling.engine.plan import Plan, ScalableTarget, Trigger
from scaling.engine.properties import Properties
from scaling.engine.step import StepPolicy
from scaling.engine.template_alarms import ACTIONS, read_alarm
from scaling.engine.template_policies import read_policy
from scaling.engine.tracking import TrackingPolicy

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from scaling.engine.plan import Policy

ALARM = "AWS::CloudWatch::Alarm"
POLICY = "AWS::ApplicationAutoScaling::ScalingPolicy"
TARGET = "AWS::ApplicationAutoScaling::ScalableTarget"
DIMENSION = "ecs:service:DesiredCount"


def read(resources: Mapping[str, Any]) -> Plan:
    """Return the plan; raises `Unreadable` at the first thing that can't be followed."""
    targets = {name: _target(given) for name, given in _of_type(resources, TARGET)}
    policies = {name: read_policy(given, targets) for name, given in _of_type(resources, POLICY)}
    alarms = [
        trigger
        for _, given in _of_type(resources, ALARM)
        if (trigger := _trigger(given, policies)) is not None
    ]
    _refuse_idle(policies, alarms, resources)
    return Plan(tuple(targets.values()), tuple(policies.values()), (*alarms, *_own(policies)))


def _of_type(resources: Mapping[str, Any], kind: str) -> Iterator[tuple[str, Properties]]:
    for name, resource in resources.items():
        if resource.get("Type") == kind:
            yield name, Properties(name, resource.get("Properties", {}))


def _target(given: Properties) -> ScalableTarget:
    given.limit_to(
        *("MinCapacity", "MaxCapacity", "ResourceId", "RoleARN"),
        *("ScalableDimension", "ServiceNamespace"),
    )
    for name, meant in (("ServiceNamespace", "ecs"), ("ScalableDimension", DIMENSION)):
        if given.text(name) != meant:
            raise given.refuse(name, f"must be {meant}")
    given.pattern("ResourceId", "service/[^/]+/[^/]+", "must be service/<cluster>/<service>")
    least = given.whole("MinCapacity", least=0)
    return ScalableTarget(given.resource, least, given.whole("MaxCapacity", least=least))


def _trigger(given: Properties, policies: Mapping[str, Policy]) -> Trigger | None:
    """Return an alarm with the policies it invokes; None where it invokes none."""
    for name in ACTIONS[1:]:
        if not policies.keys().isdisjoint(given.references(name)):
            raise given.refuse(name, "invokes a scaling policy; only AlarmActions may")
    invoked = [each for each in given.references("AlarmActions") if each in policies]
    if not invoked:
        return None
    for each in invoked:
        if isinstance(policies[each], TrackingPolicy):
            raise given.refuse("AlarmActions", f"names {each}, which has alarms of AWS's own")
    return Trigger(read_alarm(given), tuple(policies[each] for each in invoked))


def _own(policies: Mapping[str, Policy]) -> Iterator[Trigger]:
    for policy in policies.values():
        if isinstance(policy, TrackingPolicy):
            yield from (Trigger(alarm, (policy,)) for alarm in policy.alarms())


def _refuse_idle(
    policies: Mapping[str, Policy], alarms: list[Trigger], resources: Mapping[str, Any]
) -> None:
    """Refuse a step policy that nothing invokes: most likely an action with a wrong name."""
    invoked = {policy.name for trigger in alarms for policy in trigger.policies}
    for name, policy in policies.items():
        if isinstance(policy, StepPolicy) and name not in invoked:
            given = Properties(name, resources[name]["Properties"])
            raise given.refuse("PolicyType", f"is StepScaling, and no {ALARM} invokes the policy")
