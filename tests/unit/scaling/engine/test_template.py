from __future__ import annotations

import copy
from typing import Any

import pytest

from scaling.engine.alarms import Comparison, Missing
from scaling.engine.metrics import Metric, Statistic
from scaling.engine.plan import ScalableTarget
from scaling.engine.properties import Unreadable
from scaling.engine.step import AdjustmentType, Step, StepPolicy
from scaling.engine.template import read
from scaling.engine.tracking import TrackingPolicy

MODEL = [{"Name": "Stack", "Value": "core"}, {"Name": "Model", "Value": "demo"}]
RESOURCES: dict[str, Any] = {
    "Service": {"Type": "AWS::ECS::Service", "Properties": {"DesiredCount": "0"}},
    "ServiceScaling": {
        "Type": "AWS::ApplicationAutoScaling::ScalableTarget",
        "Properties": {
            "MinCapacity": "0",
            "MaxCapacity": "20",
            "ResourceId": {"Fn::Sub": "service/main/${Service.Name}"},
            "ScalableDimension": "ecs:service:DesiredCount",
            "ServiceNamespace": "ecs",
        },
    },
    "ScaleOutPolicy": {
        "Type": "AWS::ApplicationAutoScaling::ScalingPolicy",
        "Properties": {
            "PolicyName": "core-demo-out",
            "PolicyType": "StepScaling",
            "ScalingTargetId": {"Ref": "ServiceScaling"},
            "StepScalingPolicyConfiguration": {
                "AdjustmentType": "ChangeInCapacity",
                "Cooldown": 0,
                "MetricAggregationType": "Maximum",
                "StepAdjustments": [
                    {
                        "MetricIntervalLowerBound": 0,
                        "MetricIntervalUpperBound": "1",
                        "ScalingAdjustment": 1,
                    },
                    {"MetricIntervalLowerBound": 1, "ScalingAdjustment": "20"},
                ],
            },
        },
    },
    "BacklogPolicy": {
        "Type": "AWS::ApplicationAutoScaling::ScalingPolicy",
        "Properties": {
            "PolicyName": "core-demo-backlog",
            "PolicyType": "TargetTrackingScaling",
            "ScalingTargetId": {"Ref": "ServiceScaling"},
            "TargetTrackingScalingPolicyConfiguration": {
                "TargetValue": 2.5,
                "DisableScaleIn": "true",
                "ScaleOutCooldown": 60,
                "CustomizedMetricSpecification": {
                    "Namespace": "Spillway",
                    "MetricName": "BacklogPerTask",
                    "Dimensions": MODEL,
                    "Statistic": "Average",
                },
            },
        },
    },
    "TaskShortfallAlarm": {
        "Type": "AWS::CloudWatch::Alarm",
        "Properties": {
            "AlarmName": "core_demo_task-shortfall",
            "Namespace": "Spillway",
            "MetricName": "TaskShortfall",
            "Dimensions": MODEL,
            "Statistic": "Maximum",
            "Period": 10,
            "EvaluationPeriods": 1,
            "Threshold": "1",
            "ComparisonOperator": "GreaterThanOrEqualToThreshold",
            "TreatMissingData": "notBreaching",
            "AlarmActions": [{"Ref": "ScaleOutPolicy"}],
        },
    },
    "DeadLettersAlarm": {
        "Type": "AWS::CloudWatch::Alarm",
        "Properties": {
            "Metrics": [{"Expression": "a/b"}],
            "AlarmActions": ["arn:aws:sns:eu-central-1:111122223333:alarms"],
        },
    },
}
STEP = "StepScalingPolicyConfiguration"
TRACKING = "TargetTrackingScalingPolicyConfiguration"
LEFT_OUT = object()


def bound(lower: int, upper: int | None) -> dict[str, Any]:
    """A step between these."""
    bounds = {"MetricIntervalLowerBound": lower, "MetricIntervalUpperBound": upper}
    given = {name: value for name, value in bounds.items() if value is not None}
    return {**given, "ScalingAdjustment": 1}


TOO_MANY = [*(bound(each, each + 1) for each in range(20)), bound(20, None)]


def changed(resource: str, path: str, value: Any) -> dict[str, Any]:
    """The resources with one property of one of them changed, or left out."""
    resources = copy.deepcopy(RESOURCES)
    node = resources[resource]["Properties"]
    *parents, last = path.split(".")
    for each in parents:
        node = node[int(each) if each.isdigit() else each]
    if value is LEFT_OUT:
        del node[last]
    else:
        node[last] = value
    return resources


def test_a_template_s_targets_policies_and_alarms_are_the_plan() -> None:
    plan = read(RESOURCES)

    step, tracking = plan.policies
    assert plan.targets == (ScalableTarget("ServiceScaling", 0, 20),)
    assert step == StepPolicy(
        name="ScaleOutPolicy",
        target="ServiceScaling",
        adjustment_type=AdjustmentType.CHANGE,
        steps=(Step(0, 1, 1), Step(1, None, 20)),
        aggregation=Statistic.MAXIMUM,
        cooldown_s=0,
    )
    assert isinstance(tracking, TrackingPolicy)
    assert (tracking.target_value, tracking.out_cooldown_s, tracking.in_cooldown_s) == (
        2.5,
        60,
        300,
    )


def test_alarms_invoke_their_policies_and_others_are_none_of_the_engine_s() -> None:
    shortfall, high = read(RESOURCES).triggers

    assert [policy.name for policy in shortfall.policies] == ["ScaleOutPolicy"]
    assert shortfall.alarm.metric == Metric(
        "Spillway", "TaskShortfall", frozenset({("Stack", "core"), ("Model", "demo")})
    )
    assert (shortfall.alarm.period_s, shortfall.alarm.datapoints_to_alarm) == (10, 1)
    assert shortfall.alarm.comparison is Comparison.AT_LEAST
    assert shortfall.alarm.missing is Missing.NOT_BREACHING
    assert high.alarm.name == "BacklogPolicy-AlarmHigh"


def test_what_is_not_said_has_aws_s_default() -> None:
    resources = changed("ScaleOutPolicy", f"{STEP}.Cooldown", LEFT_OUT)
    del resources["TaskShortfallAlarm"]["Properties"]["TreatMissingData"]

    plan = read(resources)

    assert plan.policies[0].out_cooldown_s == 300
    assert plan.triggers[0].alarm.missing is Missing.MISSING


@pytest.mark.parametrize(
    ("resource", "path", "value", "problem"),
    [
        ("ServiceScaling", "MaxCapacity", {"Ref": "Other"}, "must be a number"),
        ("ServiceScaling", "MaxCapacity", -1, "must be at least 0"),
        ("ServiceScaling", "ScalableDimension", "rds:cluster:ReadReplicaCount", "must be ecs"),
        ("ServiceScaling", "ScheduledActions", [], "is not understood"),
        ("ServiceScaling", "ServiceNamespace", "rds", "must be ecs"),
        ("ServiceScaling", "ResourceId", LEFT_OUT, "is missing"),
        ("ServiceScaling", "ResourceId", ["service/a/b"], "must be text"),
        ("ServiceScaling", "ResourceId", "service/b", "must be service/<cluster>/<service>"),
        ("ScaleOutPolicy", "PolicyType", "PredictiveScaling", "must be StepScaling or"),
        ("ScaleOutPolicy", "ScalingTargetId", {"Ref": "Elsewhere"}, "names Elsewhere"),
        ("ScaleOutPolicy", "ScalingTargetId", LEFT_OUT, "is missing"),
        ("ScaleOutPolicy", STEP, "text", "must be an object"),
        ("ScaleOutPolicy", f"{STEP}.AdjustmentType", "Double", "must be one of ChangeInCapacity"),
        ("ScaleOutPolicy", f"{STEP}.AdjustmentType", LEFT_OUT, "is missing"),
        ("ScaleOutPolicy", f"{STEP}.Cooldown", "soon", "must be a number"),
        ("ScaleOutPolicy", f"{STEP}.Cooldown", 1.5, "must be a whole number"),
        ("ScaleOutPolicy", f"{STEP}.MetricAggregationType", "Sum", "must be Average"),
        ("ScaleOutPolicy", f"{STEP}.StepAdjustments", {}, "must be a list"),
        ("ScaleOutPolicy", f"{STEP}.StepAdjustments", [], "at least one step"),
        ("ScaleOutPolicy", f"{STEP}.StepAdjustments", [bound(0, -5)], "below the upper one"),
        ("ScaleOutPolicy", f"{STEP}.StepAdjustments", TOO_MANY, "at most 20 steps, not 21"),
        ("ScaleOutPolicy", f"{STEP}.MinAdjustmentMagnitude", 2, "PercentChangeInCapacity alone"),
        ("ScaleOutPolicy", f"{STEP}.Warmup", 3, "is not understood"),
        ("BacklogPolicy", f"{TRACKING}.TargetValue", 0, "must be above 0"),
        ("BacklogPolicy", f"{TRACKING}.DisableScaleIn", "maybe", "must be true or false"),
        ("BacklogPolicy", f"{TRACKING}.PredefinedMetricSpecification", {}, "is not understood"),
        ("TaskShortfallAlarm", "Period", 45, "must be 10, 20, 30 or a multiple of 60"),
        ("TaskShortfallAlarm", "Period", True, "must be a number"),
        ("TaskShortfallAlarm", "EvaluationPeriods", 9000, "must be at most 86400 s"),
        ("TaskShortfallAlarm", "DatapointsToAlarm", 2, "must be at most EvaluationPeriods"),
        ("TaskShortfallAlarm", "ComparisonOperator", "GreaterThanUpperThreshold", "must be one of"),
        ("TaskShortfallAlarm", "Metrics", [], "is not understood"),
        ("TaskShortfallAlarm", "MetricName", {"Fn::Sub": "${X.Name}"}, "template alone"),
        ("TaskShortfallAlarm", "MetricName", 7, "must be text"),
        ("TaskShortfallAlarm", "ActionsEnabled", False, "never invoked"),
        ("TaskShortfallAlarm", "AlarmActions", [{"Ref": "BacklogPolicy"}], "AWS's own"),
        ("TaskShortfallAlarm", "OKActions", [{"Ref": "ScaleOutPolicy"}], "only AlarmActions"),
    ],
)
def test_what_can_t_be_followed_is_refused_by_resource_and_property(
    resource: str, path: str, value: Any, problem: str
) -> None:
    with pytest.raises(Unreadable) as refused:
        read(changed(resource, path, value))

    assert str(refused.value).startswith(f"{resource}.{path} ")
    assert problem in str(refused.value)


def test_an_alarm_of_hours_may_look_back_for_a_week() -> None:
    resources = changed("TaskShortfallAlarm", "Period", 3600)
    resources["TaskShortfallAlarm"]["Properties"]["EvaluationPeriods"] = 168

    assert read(resources).triggers[0].alarm.evaluation_periods == 168


def test_an_entry_of_a_list_is_named_by_its_place() -> None:
    step = {"MetricIntervalLowerBound": "low", "ScalingAdjustment": 1}

    with pytest.raises(Unreadable, match=r"StepAdjustments\[0\]\.MetricIntervalLowerBound must be"):
        read(changed("ScaleOutPolicy", f"{STEP}.StepAdjustments", [step]))


def test_a_step_policy_that_no_alarm_invokes_is_refused() -> None:
    resources = changed("TaskShortfallAlarm", "AlarmActions", [{"Ref": "ScaleOutPolcy"}])

    with pytest.raises(Unreadable, match=r"ScaleOutPolicy\.PolicyType .* invokes the policy"):
        read(resources)
