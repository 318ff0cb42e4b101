"""One worker that is measured: how it is started, and what it finds in the queue."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.serving import ROOT
from benchmarks.worker.usage import pinned

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from benchmarks.worker.setting import Setting

SPILLWAY = "spillway"
LINES = 30
PEACE_S = 30
"""How long a worker that is profiled may take to end."""


@dataclass(frozen=True)
class Contender:
    """A worker's name and its command, after the interpreter.

    `producer` is the module that sends the jobs it understands; without one, they are Spillway's.
    """

    title: str
    words: tuple[str, ...]
    producer: str = ""
    python: Path = Path(sys.executable)
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def seed(self) -> str:
        """The name of what its queue is filled with."""
        return self.title if self.producer else SPILLWAY

    def send(self, count: int, setting: Setting) -> None:
        """Have its own producer send so many jobs."""
        words = ["-m", self.producer, str(count)]
        with self._started(words, setting) as process:
            if process.wait():
                raise SystemExit(f"{self.title} can't send:\n{self.told(setting)}")

    @contextmanager
    def running(self, setting: Setting) -> Iterator[subprocess.Popen[bytes]]:
        """Run it on the core; kill it, and all that it started."""
        with self._started([*setting.options, *self.words], setting) as process:
            yield process
            if setting.options:
                process.send_signal(signal.SIGTERM)
                process.wait(timeout=PEACE_S)

    def told(self, setting: Setting) -> str:
        """The last lines that it wrote."""
        text = self._log(setting).read_text(encoding="utf-8", errors="replace")
        return "\n".join(text.splitlines()[-LINES:])

    @contextmanager
    def _started(self, words: Sequence[str], setting: Setting) -> Iterator[subprocess.Popen[bytes]]:
        with self._log(setting).open("wb") as log, pinned(setting.core):
            process = subprocess.Popen(  # noqa: S603 - our own list of them
                [self.python, *words],
                cwd=ROOT,
                env={**setting.environment(), **self.environment},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            yield process
        finally:
            _end(process)

    def _log(self, setting: Setting) -> Path:
        return setting.folder / f"{self.title}.log"


def _end(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
