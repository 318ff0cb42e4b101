"""In what each worker is started: where AWS is, what the jobs ask for, on which core."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.serving import ROOT, role
from benchmarks.worker.jobs import MODEL
from benchmarks.worker.work import WORK

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from benchmarks.worker.standin import StandIn

LEASE_S = 30
"""For how long each hides what it has received."""


@dataclass(frozen=True)
class Setting:
    """The stand-in, the work, a core, a folder for what is written.

    `slots` jobs may wait at once; None where they compute. `options` are words for the interpreter;
    where there are any, the worker may end in peace.
    """

    aws: StandIn
    work: str
    slots: int | None
    core: int
    folder: Path
    options: Sequence[str] = ()

    def environment(self) -> dict[str, str]:
        """What each finds in its environment: AWS, one thread for numpy, the worker's settings."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "PYTHONPATH": os.pathsep.join(str(ROOT / part) for part in ("core", "cli", ".")),
            "OPENBLAS_NUM_THREADS": "1",
            "WORK": self.work,
            "LEASE_SECONDS": str(LEASE_S),
            **role(self.aws.url),
            **self._worker(),
        }

    def _worker(self) -> Mapping[str, str]:
        """Spillway's own settings: slots for what waits, batches for what computes."""
        return {
            "MODEL": MODEL,
            "MODEL_URI": str(self._model()),
            "MODEL_DIR": str(self.folder / "models"),
            "QUEUE_URL": self.aws.queue_url,
            "DEAD_LETTER_QUEUE_URL": f"{self.aws.queue_url}_dlq",
            "JOBS_TABLE": "jobs",
            "INPUT_BUCKET": "inputs",
            "RESULT_BUCKET": "results",
            "MAX_BATCH": "1" if self.slots else "32",
            "CONCURRENCY": str(self.slots or 1),
            "READY_FILE": str(self.folder / "ready"),
        }

    def _model(self) -> Path:
        """A model's folder whose class is the work."""
        folder = self.folder / self.work
        folder.mkdir(exist_ok=True)
        manifest = {
            "spillway": 1,
            "modelVersion": "1",
            "runtime": "python",
            "options": {"entrypoint": f"benchmarks.worker.work:{WORK[self.work].__name__}"},
            "probe": {"n": 0},
            "files": [],
        }
        (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
        return folder
