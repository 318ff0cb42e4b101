"""Other programs that a start runs, each with a log of its own."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from local.failure import StartFailed
from tools.tail import telling

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


@dataclass
class Running:
    """A program under way, its output in `log`; `began_s` is on the monotonic clock."""

    title: str
    log: Path
    process: subprocess.Popen[bytes]
    began_s: float

    def finish(self) -> None:
        """Wait for its end; raise `StartFailed` with what it said where that is not success."""
        if self.process.wait() != 0:
            raise StartFailed(
                f"{self.title} failed (exit code {self.process.returncode})",
                log=self.log,
                excerpt=telling(self.log),
            )

    def abandon(self) -> None:
        """End it, and what it started, if it still runs."""
        if self.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def begin(
    title: str, command: Sequence[str], *, log: Path, folder: Path, environment: Mapping[str, str]
) -> Running:
    """Start a program; Ctrl-C does not reach it, whoever began it ends it."""
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - sam, with arguments of ours
            command,
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return Running(title, log, process, time.monotonic())
