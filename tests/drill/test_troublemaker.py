from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.drill.troublemaker import FROZEN, KILLED, Habits, Troublemaker, at_work

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

QUICK = Habits(least_s=0, most_s=0, freezes_in=1, lease_s=60)
SLEEPER = "import time; time.sleep(60)"


@contextmanager
def worker(tasks: Path, name: str, *, is_ready: bool = True) -> Iterator[subprocess.Popen[bytes]]:
    """A process that looks like a worker's, and its task's folder."""
    module = tasks.parent / "worker.py"
    module.write_text(SLEEPER)
    process = subprocess.Popen([sys.executable, "-m", "worker"], cwd=module.parent)
    folder = tasks / name
    (folder / "tmp").mkdir(parents=True)
    (folder / "pid").write_text(f"{process.pid}\n")
    if is_ready:
        (folder / "tmp" / "ready").touch()
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def wait_for(is_so: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < deadline_s
        time.sleep(0.02)


def test_a_worker_that_is_at_work_is_killed(tmp_path: Path) -> None:
    with worker(tmp_path / "tasks", "a") as process:
        wait_for(lambda: bool(at_work(tmp_path / "tasks")))
        with Troublemaker(
            tmp_path / "tasks", Habits(least_s=9, most_s=9, freezes_in=10**9, lease_s=1), seed=1
        ) as troublemaker:
            assert process.wait(10) == -9
    assert [(blow.kind, blow.task) for blow in troublemaker.blows] == [(KILLED, "a")]


def test_what_is_frozen_goes_on_at_the_end(tmp_path: Path) -> None:
    with worker(tmp_path / "tasks", "a") as process:
        wait_for(lambda: bool(at_work(tmp_path / "tasks")))
        with Troublemaker(tmp_path / "tasks", QUICK, seed=1) as troublemaker:
            wait_for(lambda: _state(process) == "T")
        wait_for(lambda: _state(process) == "S")
    assert [blow.kind for blow in troublemaker.blows] == [FROZEN]


def test_neither_a_worker_that_starts_nor_another_process_is_harmed(tmp_path: Path) -> None:
    tasks = tmp_path / "tasks"
    (tasks / "other" / "tmp").mkdir(parents=True)
    (tasks / "other" / "tmp" / "ready").touch()
    (tasks / "other" / "pid").write_text(f"{os.getpid()}\n")
    with worker(tasks, "starts", is_ready=False):
        assert at_work(tasks) == []


def _state(process: subprocess.Popen[bytes]) -> str:
    return Path(f"/proc/{process.pid}/stat").read_text().rpartition(") ")[2][0]
