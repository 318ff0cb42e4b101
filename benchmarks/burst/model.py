"""The model of the demo: its folder, and its stack beside the core's."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import WaiterError

from tools.model import folder as folders
from tools.model import upload as uploads
from tools.stack_events import reasons

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spillway_cli.target import Target

NAME = "burst"
ENTRYPOINT = "waiting:Waiting"
CODE = Path(__file__).with_name("waiting") / "waiting.py"
TEMPLATE = Path(__file__).parents[2] / "stacks" / "model.yaml"


def build(folder: Path, job_s: float) -> Path:
    """Write the folder of a model that takes so long for a batch; return it."""
    with folders.replacing(folder) as building:
        shutil.copy(CODE, building)
        folders.describe(
            building,
            model_version=f"waiting-{job_s:g}s",
            runtime="python",
            options={"entrypoint": ENTRYPOINT, "seconds": job_s},
            probe="ready?",
        )
    return folder


def deploy(target: Target, folder: Path, parameters: Mapping[str, str]) -> None:
    """Upload the folder and make the model's stack, as an operator does; no task starts."""
    uploads.upload(target.aws("s3"), target.output("ModelBucket"), f"{NAME}/", folder)
    cloudformation, stack = target.aws("cloudformation"), f"{target.stack_name}-model-{NAME}"
    given = {"CoreStack": target.stack_name, "ModelName": NAME, **parameters}
    cloudformation.create_stack(
        StackName=stack,
        TemplateBody=TEMPLATE.read_text(encoding="utf-8"),
        Parameters=[{"ParameterKey": k, "ParameterValue": v} for k, v in given.items()],
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"],
    )
    try:
        cloudformation.get_waiter("stack_create_complete").wait(
            StackName=stack, WaiterConfig={"Delay": 1, "MaxAttempts": 120}
        )
    except WaiterError:
        raise SystemExit(f"{stack} was not made: {reasons(cloudformation, stack)}") from None
