from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from local.container_launcher import options
from local.process_launcher import ProcessLauncher
from local.settings import Settings
from local.task import Identity, TaskContainer
from local.workspace import Workspace

if TYPE_CHECKING:
    from pathlib import Path

# As DescribeTaskDefinition gives the one of stacks/model.yaml.
WORKER = {
    "name": "worker",
    "image": "000000000000.dkr.ecr.us-east-1.amazonaws.com/worker:latest",
    "user": "10001:10001",
    "readonlyRootFilesystem": True,
    "stopTimeout": 120,
    "linuxParameters": {"initProcessEnabled": True, "capabilities": {"drop": ["ALL"]}},
    "mountPoints": [
        {"sourceVolume": "tmp", "containerPath": "/tmp"},  # noqa: S108
        {"sourceVolume": "model", "containerPath": "/model"},
    ],
    "healthCheck": {"command": ["CMD", "python", "-m", "worker.health"]},
}
SIDECAR = {"name": "model", "image": "model:1"}


def container(declared: dict[str, Any]) -> TaskContainer:
    definition = {"cpu": "512", "memory": "2048", "containerDefinitions": [declared]}
    identity = Identity("arn:aws:ecs:us-east-1:0:task/cluster/17", "arn:aws:iam::0:role/task")
    return TaskContainer(identity, definition, declared, {}, {"MODEL": "default"})


def test_a_container_gets_what_its_definition_says() -> None:
    told = options(container(WORKER))

    assert [mount["Target"] for mount in told.pop("mounts")] == ["/tmp", "/model"]  # noqa: S108
    assert told == {
        "network_mode": "host",
        "user": "10001:10001",
        "read_only": True,
        "init": True,
        "cap_drop": ["ALL"],
        "mem_limit": "2048m",
        "nano_cpus": 500_000_000,
        "healthcheck": {"test": ["NONE"]},
        "platform": "linux/amd64",
    }


def test_what_a_definition_leaves_out_is_the_images() -> None:
    told = options(container(SIDECAR | {"command": ["serve"]}))

    assert told["command"] == ["serve"]
    assert not told["read_only"]
    assert told.keys().isdisjoint({"user", "entrypoint", "cap_drop", "mounts"})


def test_the_definitions_words_are_read() -> None:
    worker, sidecar = container(WORKER), container(SIDECAR)

    assert worker.identity.task_id == "17"
    assert (worker.stop_timeout_s, sidecar.stop_timeout_s) == (120, 30)
    assert worker.health_command == ["python", "-m", "worker.health"]
    assert sidecar.health_command == []


def test_a_container_that_is_no_worker_is_no_process(tmp_path: Path) -> None:
    launcher = ProcessLauncher(Settings(tmp_path), Workspace(tmp_path))

    with pytest.raises(ValueError, match="container model needs a container engine"):
        launcher.start(container(SIDECAR))
