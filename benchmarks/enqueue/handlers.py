"""The two handlers, each as Lambda would load it."""

from __future__ import annotations

import compileall
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.serving import role

if TYPE_CHECKING:
    from collections.abc import Mapping

HERE = Path(__file__).parent
EVENT = HERE.parents[1] / "events" / "enqueue" / "minimal.json"

type Figures = dict[str, float]


@dataclass(frozen=True)
class Handler:
    """A handler's module, the folders that it is found in, and its environment."""

    title: str
    module: str
    folders: tuple[Path, ...]
    environment: Mapping[str, str]

    def start(self, requests: int) -> Figures:
        """Run one cold start; CPU milliseconds by part."""
        program = [sys.executable, "-E", "-s", str(HERE / "start.py")]
        words = [*program, self.module, str(EVENT), str(requests), *map(str, self.folders)]
        ended = subprocess.run(  # noqa: S603 - our own file
            words,
            env={**self.environment, "PATH": os.environ["PATH"]},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            check=False,
        )
        if ended.returncode:
            raise SystemExit(f"{self.title} failed:\n{ended.stderr.decode()}")
        figures: Figures = json.loads(ended.stderr.splitlines()[-1])
        return figures


def spillway(build: Path, url: str) -> Handler:
    """The function and its layer, as `sam build` made them."""
    settings = {
        "STACK_NAME": "spillway",
        "JOBS_TABLE": "jobs",
        "DELIVERIES_TABLE": "deliveries",
        "INPUT_BUCKET": "inputs",
        "RESULT_BUCKET": "results",
        "AUTH_MODE": "ApiKey",
    }
    folders = (build / "EnqueueFunction", build / "CoreLayer" / "python")
    return Handler("spillway", "enqueue", folders, {**aws(url), **settings})


def plain(url: str, folder: Path) -> Handler:
    """The plain handler, compiled as Spillway's is."""
    shutil.copy(HERE / "plain.py", folder)
    compileall.compile_dir(folder, quiet=1)
    queue = {"QUEUE_URL": f"{url}/000000000000/spillway_default"}
    return Handler("plain", "plain", (folder,), {**aws(url), **queue})


def aws(url: str) -> dict[str, str]:
    """What Lambda's environment says."""
    return {"AWS_LAMBDA_FUNCTION_NAME": "enqueue", **role(url)}
