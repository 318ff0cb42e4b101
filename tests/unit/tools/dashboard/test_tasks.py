from __future__ import annotations

import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from tools.dashboard.tasks import Tasks

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BUSY = "import time\nheld = bytearray(50 << 20)\nprint('up', flush=True)\nwhile True: pass"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")


class Account:
    """A stack whose tasks have half a processor and 100 MiB."""

    stack_name = "s"

    def output(self, name: str) -> str:
        return name.lower()

    def aws(self, _service: str) -> Any:
        return self

    def describe_task_definition(self, **asked: str) -> Any:
        assert asked == {"taskDefinition": "s-m"}
        return {"taskDefinition": {"cpu": "512", "memory": "100"}}


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A run's folder with one worker, which computes and holds 50 MiB."""
    process = subprocess.Popen(
        [sys.executable, "-c", BUSY], env={"MODEL": "m"}, stdout=subprocess.PIPE
    )
    with process:
        assert process.stdout
        process.stdout.readline()
        (tmp_path / "tasks" / "t1").mkdir(parents=True)
        (tmp_path / "tasks" / "t1" / "pid").write_text(f"{process.pid}\n")
        yield tmp_path
        process.kill()


def test_a_task_s_use_is_told_once_a_minute_against_its_size(folder: Path) -> None:
    account: Any = Account()
    tasks = Tasks(account, folder)
    start_s = time.time()

    [first] = tasks.usages(start_s)
    time.sleep(0.5)
    assert list(tasks.usages(start_s)) == [], "the minute is not over"
    [second] = tasks.usages(start_s + 60)

    assert first.service == second.service == "s-m"
    assert 50 < first.memory_percent < 100
    assert 0 < second.cpu_percent <= 100 * 1 / 60 / 0.5 + 1


def test_a_worker_that_has_ended_uses_nothing(tmp_path: Path) -> None:
    (tmp_path / "tasks" / "t1").mkdir(parents=True)
    (tmp_path / "tasks" / "t1" / "pid").write_text("999999999\n")
    account: Any = Account()

    assert list(Tasks(account, tmp_path).usages(0)) == []
