"""A system of one's own, by the command that `make run` runs, in a folder of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from local import leash
from spillway_cli.target import Options, Target, resolve

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ROOT = Path(__file__).parents[1]
START_S = 300
STOP_S = 60
OWN = ("KEEP", "CONTAINERS", "PARAMETERS", "THROUGH")
"""What may stand in the environment for a user's own run."""


@dataclass(frozen=True, slots=True)
class Line:
    """What the run said, and when (epoch seconds)."""

    at_s: float
    text: str


@dataclass(slots=True)
class System:
    """The run: where it is reached, and all that it said until now."""

    target: Target
    said: list[Line]
    process: subprocess.Popen[str]
    _heard: int = 0

    def news(self) -> Sequence[str]:
        """What it said since this was last asked; `SystemExit` where it has ended."""
        if self.process.poll() is not None:
            raise SystemExit("\n".join(["the system ended:", *_texts(self.said[self._heard :])]))
        new = self.said[self._heard :]
        self._heard += len(new)
        return _texts(new)


@contextmanager
def running(folder: Path, *, model: Path, **said_to_it: str) -> Iterator[System]:
    """Run a system; it is ready when the block begins, and over after it.

    `model` is the default one's folder. All models sleep, unless `TASKS` or another of the
    variables that `make run` takes says otherwise. A system that does not start is a `SystemExit`.
    """
    said: list[Line] = []
    began_s, process = time.time(), _begun(folder, {"MODEL": str(model), **said_to_it})
    assert process.stdout is not None  # noqa: S101 - it was asked for
    threading.Thread(target=_listen, args=(process.stdout, said), daemon=True).start()
    try:
        if not _is_ready(process, folder / "endpoint.json", began_s):
            raise SystemExit("\n".join([f"no system in {folder}:", *_texts(said)]))
        yield System(resolve(Options(), {"LOCAL_DIR": str(folder)}), said, process)
    finally:
        _stop(process)


def _begun(folder: Path, said_to_it: Mapping[str, str]) -> subprocess.Popen[str]:
    """Ctrl-C does not reach it, so that it ends when we say so; if we are killed, it is too."""
    own = {
        "PYTHONPATH": os.pathsep.join(str(ROOT / part) for part in ("core", "cli", ".")),
        "LOCAL_DIR": str(folder),
        "PORT": os.environ.get("PORT") or str(free_port()),
        "TASKS": "0",
        **said_to_it,
    }
    outer = {name: value for name, value in os.environ.items() if name not in OWN}
    leashed = [sys.executable, leash.__file__, str(os.getpid())]
    return subprocess.Popen(  # noqa: S603 - our own program
        [*leashed, sys.executable, "-m", "local", "run"],
        cwd=ROOT,
        env={**outer, **own},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def _listen(lines: IO[str], said: list[Line]) -> None:
    for line in lines:
        said.append(Line(time.time(), line.rstrip()))  # noqa: PERF401 - each as it comes


def _is_ready(process: subprocess.Popen[str], endpoint: Path, began_s: float) -> bool:
    """Wait for what this run announces: an older file is another's, or was left behind."""
    while not (endpoint.is_file() and endpoint.stat().st_mtime >= began_s):
        if process.poll() is not None or time.time() > began_s + START_S:
            return False
        time.sleep(0.2)
    return True


def _stop(process: subprocess.Popen[str]) -> None:
    """End it in order; from here on, no signal keeps us from that."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    process.wait(STOP_S)


def _texts(lines: Sequence[Line]) -> Sequence[str]:
    return [line.text for line in lines]


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
