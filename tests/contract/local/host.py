"""`python -m tests.contract.local.host ROOT PORT [bare]`: the emulator with its adapters, alone.

It runs as a process of its own, since MiniStack takes its settings from the environment when it is
imported. `bare` leaves the adapters out: what they are there for must then go wrong.
It prints "ready", and ends when its stdin does.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from local import compatibility, docker_client, emulator
from local.aws import Aws
from local.settings import Settings
from local.tasks import Engine
from local.workspace import Workspace

ADAPTERS = (
    "authorization",
    "container_definitions",
    "gateway_responses",
    "nested_stacks",
    "number_properties",
    "protection",
    "proxy_event",
    "resource_types",
    "rest_import",
    "scale_in",
    "stack_imports",
)


def main(root: Path, port: int, *, bare: bool) -> None:
    """Serve until there is no more input."""
    settings, workspace = Settings(root, port=port), Workspace(root / ".local")
    workspace.prepare(keep=False)
    if bare:
        for adapter in ADAPTERS:
            setattr(getattr(emulator, adapter), "install", lambda *_: None)  # noqa: B010
        setattr(docker_client, "install", lambda _: None)  # noqa: B010
    aws = Aws(settings)

    def describe(name: str) -> dict[str, Any]:
        return dict(aws.ecs.describe_task_definition(taskDefinition=name)["taskDefinition"])

    running = emulator.Emulator(settings, workspace)
    engine = Engine(settings, workspace, running.protections, describe)
    running.start(engine)
    missing = compatibility.missing_names()
    print("ready", *missing, flush=True)
    sys.stdin.read()
    engine.close(1)
    running.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), bare="bare" in sys.argv[3:])
