"""One run at a time: a lock that the system drops with its holder, and the holder's process id."""

from __future__ import annotations

import fcntl
import os
import signal
import time
from typing import IO, TYPE_CHECKING

from local.failure import StartFailed

if TYPE_CHECKING:
    from pathlib import Path

STOP_TIMEOUT_S = 150
POLL_S = 0.1


def claim(path: Path) -> IO[str]:
    """Take the lock and write our id; `StartFailed` if another run has it. Close it to let go."""
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("a+")
    if not _lock(file):
        file.close()
        raise StartFailed(f"it runs already (process {holder(path)}); `make stop` ends it")
    file.truncate(0)
    file.write(f"{os.getpid()}\n")
    file.flush()
    return file


def holder(path: Path) -> int | None:
    """Return the id of the process that holds the lock, None where none does."""
    try:
        file = path.open("r+")
    except FileNotFoundError:
        return None
    with file:
        return None if _lock(file) else int(file.read() or 0)


def stop(path: Path, timeout_s: float = STOP_TIMEOUT_S) -> bool:
    """Ask the holder to end and wait for it; False where there was none."""
    pid = holder(path)
    if not pid:
        return False
    os.kill(pid, signal.SIGTERM)
    deadline_s = time.monotonic() + timeout_s
    while holder(path) == pid:
        if time.monotonic() > deadline_s:
            raise StartFailed(f"process {pid} did not stop within {timeout_s:.0f} s")
        time.sleep(POLL_S)
    return True


def _lock(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
