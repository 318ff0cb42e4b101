"""The folder .local/: logs, the emulator's state, and what other programs read about the run."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

# A file of MiniStack's that is there once a state was saved.
SAVED = "cloudformation.json"


@dataclass(frozen=True)
class Workspace:
    """Paths below `root`, the repository's .local/ folder."""

    root: Path

    @property
    def logs(self) -> Path:
        """Hold one log a step, and tasks/ with one a worker."""
        return self.root / "log"

    @property
    def task_logs(self) -> Path:
        """Hold `<task id>.log`, all that a worker wrote."""
        return self.logs / "tasks"

    @property
    def tasks(self) -> Path:
        """Hold a folder a running task: pid, tmp/, model/."""
        return self.root / "tasks"

    @property
    def state(self) -> Path:
        """Hold the emulator's tables, queues and stacks (written at a clean stop)."""
        return self.root / "state"

    @property
    def objects(self) -> Path:
        """Hold the emulated buckets' objects."""
        return self.root / "objects"

    @property
    def models(self) -> Path:
        """Hold the models' files by their content, for all workers and later runs."""
        return self.root / "models"

    @property
    def tmp(self) -> Path:
        """Be TMPDIR of the emulator and its functions."""
        return self.root / "tmp"

    @property
    def build(self) -> Path:
        """Hold what `sam build` made, and the hash of what it was made from."""
        return self.root / "build"

    @property
    def endpoint(self) -> Path:
        """Hold {url, apiKey, region, endpointUrl, stack, receiver}, while the run is ready."""
        return self.root / "endpoint.json"

    @property
    def functions(self) -> Path:
        """Hold the functions' variables for `sam local`, while a bridge is open."""
        return self.root / "sam-local.json"

    @property
    def key(self) -> Path:
        """Hold the API key, for a next start with KEEP=1."""
        return self.root / "key"

    @property
    def pid(self) -> Path:
        """Hold the runner's process id."""
        return self.root / "pid"

    def has_containers(self) -> bool:
        """Tell whether a run that ended left the mark of a container behind."""
        return any(self.tasks.glob("*/container"))

    def prepare(self, *, keep: bool) -> None:
        """Make the folders; forget what the last run stored, but with `keep` what it saved whole.

        Objects are stored as they come, all else at a clean stop: one without the other is no
        state to go on from.
        """
        stale = [self.tmp, self.tasks, self.logs]
        if not (keep and (self.state / SAVED).is_file()):
            stale += [self.state, self.objects, self.key]
        for path in stale:
            discard(path)
        self.endpoint.unlink(missing_ok=True)
        for path in (self.task_logs, self.tasks, self.state, self.objects, self.tmp):
            path.mkdir(parents=True, exist_ok=True)

    def announce(self, endpoint: dict[str, str]) -> None:
        """Write endpoint.json whole, readable by its owner alone: it holds the API key."""
        write_private(self.endpoint, json.dumps(endpoint, indent=2) + "\n")


def write_private(path: Path, text: str) -> None:
    """Put `text` at `path`, mode 0600, so that a reader sees all of it or none."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    draft.replace(path)


def discard(path: Path) -> None:
    """Delete a file or a folder with all in it; nothing there is fine."""
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
