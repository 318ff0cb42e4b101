"""A scaling policy's properties, read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaling.engine.cooldown import COOLDOWN_S
from scaling.engine.metrics import Statistic
from scaling.engine.step import AdjustmentType, Step, StepPolicy, fault
from scaling.engine.template_alarms import METRIC, read_metric
from scaling.engine.tracking import TrackingPolicy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scaling.engine.plan import Policy, ScalableTarget
    from scaling.engine.properties import Properties

_POLICY = ("PolicyName", "PolicyType", "ScalingTargetId")
_STEP = "StepScalingPolicyConfiguration"
_TRACKING = "TargetTrackingScalingPolicyConfiguration"


def read_policy(given: Properties, targets: Mapping[str, ScalableTarget]) -> Policy:
    """Return a step scaling or target tracking policy of one of the targets."""
    target = given.reference("ScalingTargetId")
    if target not in targets:
        raise given.refuse("ScalingTargetId", f"names {target}, no scalable target of the template")
    match given.text("PolicyType"):
        case "StepScaling":
            given.limit_to(*_POLICY, _STEP)
            return _step_policy(given.part(_STEP), target)
        case "TargetTrackingScaling":
            given.limit_to(*_POLICY, _TRACKING)
            return _tracking_policy(given.part(_TRACKING), target)
        case other:
            problem = f"must be StepScaling or TargetTrackingScaling, not {other!r}"
            raise given.refuse("PolicyType", problem)


def _step_policy(given: Properties, target: str) -> StepPolicy:
    given.limit_to(
        *("AdjustmentType", "StepAdjustments", "MinAdjustmentMagnitude"),
        *("Cooldown", "MetricAggregationType"),
    )
    steps = tuple(_step(step) for step in given.parts("StepAdjustments"))
    if problem := fault(steps):
        raise given.refuse("StepAdjustments", problem)
    aggregation = given.choice("MetricAggregationType", Statistic, Statistic.AVERAGE)
    if aggregation in (Statistic.SUM, Statistic.SAMPLE_COUNT):
        raise given.refuse("MetricAggregationType", "must be Average, Maximum or Minimum")
    adjustment_type = given.choice("AdjustmentType", AdjustmentType)
    if given.has("MinAdjustmentMagnitude") and adjustment_type is not AdjustmentType.PERCENT:
        raise given.refuse("MinAdjustmentMagnitude", f"is for {AdjustmentType.PERCENT} alone")
    return StepPolicy(
        name=given.resource,
        target=target,
        adjustment_type=adjustment_type,
        steps=steps,
        aggregation=aggregation,
        cooldown_s=given.whole("Cooldown", COOLDOWN_S, least=0),
        min_magnitude=given.whole("MinAdjustmentMagnitude", 0, least=0),
    )


def _step(given: Properties) -> Step:
    lower, upper = "MetricIntervalLowerBound", "MetricIntervalUpperBound"
    given.limit_to(lower, upper, "ScalingAdjustment")
    return Step(
        given.number(lower) if given.has(lower) else None,
        given.number(upper) if given.has(upper) else None,
        given.whole("ScalingAdjustment"),
    )


def _tracking_policy(given: Properties, target: str) -> TrackingPolicy:
    given.limit_to(
        *("TargetValue", "CustomizedMetricSpecification"),
        *("ScaleOutCooldown", "ScaleInCooldown", "DisableScaleIn"),
    )
    target_value = given.number("TargetValue")
    if target_value <= 0:
        raise given.refuse("TargetValue", f"must be above 0, not {target_value:g}")
    measured = given.part("CustomizedMetricSpecification")
    measured.limit_to(*METRIC)
    return TrackingPolicy(
        name=given.resource,
        target=target,
        metric=read_metric(measured),
        statistic=measured.choice("Statistic", Statistic),
        target_value=target_value,
        out_cooldown_s=given.whole("ScaleOutCooldown", COOLDOWN_S, least=0),
        in_cooldown_s=given.whole("ScaleInCooldown", COOLDOWN_S, least=0),
        scales_in=not given.flag("DisableScaleIn", default=False),
    )
