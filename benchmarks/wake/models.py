"""Further models of a running system, each with the default one's files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.system import ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spillway_cli.target import Target

TEMPLATE = ROOT / "stacks" / "model.yaml"
DEPLOYED = {"Delay": 1, "MaxAttempts": 120}


def deploy(target: Target, models: Sequence[str]) -> None:
    """Deploy them, with no task."""
    cloudformation, template = target.aws("cloudformation"), TEMPLATE.read_text(encoding="utf-8")
    for model in models:
        stack = f"{target.stack_name}-model-{model}"
        cloudformation.create_stack(
            StackName=stack,
            TemplateBody=template,
            Parameters=[
                {"ParameterKey": "CoreStack", "ParameterValue": target.stack_name},
                {"ParameterKey": "ModelName", "ParameterValue": model},
                {
                    "ParameterKey": "ModelUri",
                    "ParameterValue": f"s3://{target.output('ModelBucket')}/default/",
                },
            ],
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"],
        )
        cloudformation.get_waiter("stack_create_complete").wait(
            StackName=stack, WaiterConfig=DEPLOYED
        )
