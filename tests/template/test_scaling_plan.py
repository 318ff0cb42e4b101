"""The scaling engine can follow what the model's stack asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scaling.engine import template
from scaling.engine.plan import ScalableTarget
from tests.template.resolution import Resolved

if TYPE_CHECKING:
    from tests.template.documents import Template


def test_the_engine_reads_the_model_s_policies_and_alarms(model: Template) -> None:
    made = Resolved(model, CoreStack="core", ModelName="demo", MinTasks="1", MaxTasks="20")

    plan = template.read(made.resources)

    assert plan.targets == (ScalableTarget("ServiceScaling", 1, 20),)
    assert {
        trigger.alarm.name: [policy.name for policy in trigger.policies]
        for trigger in plan.triggers
    } == {"TaskShortfallAlarm": ["ScaleOutPolicy"], "TaskSurplusAlarm": ["ScaleInPolicy"]}
    assert {trigger.alarm.metric.dimensions for trigger in plan.triggers} == {
        frozenset({("Stack", "core"), ("Model", "demo")})
    }
