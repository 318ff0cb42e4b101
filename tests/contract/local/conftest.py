"""An emulator with our adapters, one without, and a stack that needs each adapter."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from local.aws import Aws
from local.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

REPOSITORY = Path(__file__).resolve().parents[3]
TEMPLATE = Path(__file__).with_name("stack.yaml")
NESTED = Path(__file__).with_name("nested.yaml")
# Stands for the real worker: it writes down its environment, and takes a second to stop.
WORKER = """
import json, os, pathlib, signal, sys, time
folder = pathlib.Path(os.environ["TMPDIR"])
def stop(*_):
    print("stopping", flush=True)
    time.sleep(1)
    sys.exit(7)
signal.signal(signal.SIGTERM, stop)
(folder / "environment.json.draft").write_text(json.dumps(dict(os.environ)))
(folder / "environment.json.draft").rename(folder / "environment.json")
print("hello from the worker", flush=True)
while True:
    time.sleep(0.05)
"""


@dataclass(frozen=True)
class Host:
    """A running emulator, and the folder that it takes for the repository."""

    root: Path
    settings: Settings
    missing: tuple[str, ...]

    @property
    def aws(self) -> Aws:
        return Aws(self.settings)

    def client(self, service: str) -> Any:
        return self.aws._client(service)

    def deploy(self, **parameters: str) -> dict[str, str]:
        """Create the stack and return its outputs."""
        cloudformation = self.aws.cloudformation
        given = [{"ParameterKey": k, "ParameterValue": v} for k, v in parameters.items()]
        cloudformation.create_stack(
            StackName="contract",
            TemplateBody=TEMPLATE.read_text(),
            Parameters=given,  # type: ignore[arg-type]
            Capabilities=["CAPABILITY_NAMED_IAM"],
        )
        cloudformation.get_waiter("stack_create_complete").wait(
            StackName="contract", WaiterConfig={"Delay": 1, "MaxAttempts": 30}
        )
        stack = cloudformation.describe_stacks(StackName="contract")["Stacks"][0]
        return {o["OutputKey"]: o["OutputValue"] for o in stack["Outputs"]}

    def nest(self, text: str) -> dict[str, str]:
        """Create or update a stack that nests another one; return its status and its output."""
        s3, cloudformation = self.aws.s3, self.aws.cloudformation
        s3.create_bucket(Bucket="templates")
        s3.put_object(Bucket="templates", Key=NESTED.name, Body=NESTED.read_bytes())
        child = {
            "Type": "AWS::CloudFormation::Stack",
            "Properties": {
                "TemplateURL": f"{self.settings.endpoint_url}/templates/{NESTED.name}",
                "Parameters": {"Text": text},
            },
        }
        name = {"Value": {"Fn::GetAtt": ["Child", "Outputs.QueueName"]}}
        body = json.dumps({"Resources": {"Child": child}, "Outputs": {"QueueName": name}})
        stacks = cloudformation.list_stacks()["StackSummaries"]
        if "parent" in {stack["StackName"] for stack in stacks}:
            cloudformation.update_stack(StackName="parent", TemplateBody=body)
        else:
            cloudformation.create_stack(StackName="parent", TemplateBody=body)
        while True:
            stack = cloudformation.describe_stacks(StackName="parent")["Stacks"][0]
            if not stack["StackStatus"].endswith("_IN_PROGRESS"):
                outputs = {o["OutputKey"]: o["OutputValue"] for o in stack.get("Outputs", [])}
                return {"status": stack["StackStatus"], **outputs}
            time.sleep(0.05)


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """The emulator with every adapter."""
    with running(tmp_path_factory.mktemp("host")) as started:
        yield started


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """The emulator as it comes."""
    with running(tmp_path_factory.mktemp("bare"), "bare") as started:
        yield started


@pytest.fixture(scope="module")
def outputs(host: Host) -> dict[str, str]:
    return host.deploy()


@contextmanager
def running(root: Path, *arguments: str) -> Iterator[Host]:
    (root / "worker").mkdir()
    (root / "worker" / "__main__.py").write_text(WORKER)
    settings = Settings(root, port=free_port())
    command = [sys.executable, "-m", "tests.contract.local.host", str(root), str(settings.port)]
    with subprocess.Popen(
        [*command, *arguments],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": f"{REPOSITORY / 'core'}:{REPOSITORY}"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        ready, *missing = process.stdout.readline().split(" ")
        assert ready.strip() == "ready"
        yield Host(root, settings, tuple(name.strip() for name in missing))
        process.communicate(timeout=30)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
