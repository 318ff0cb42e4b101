from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from benchmarks.worker.usage import cpu_s, peak_rss_mb, pinned, tree

if TYPE_CHECKING:
    from collections.abc import Iterator

SPIN = "import subprocess, sys; subprocess.run([sys.executable, '-c', sys.argv[1]])"


@pytest.fixture
def parent() -> Iterator[subprocess.Popen[bytes]]:
    """A process that does nothing but wait for a child that works."""
    words = [sys.executable, "-c", SPIN, "x = bytearray(64_000_000)\nwhile True: pass"]
    with subprocess.Popen(words, start_new_session=True) as process:
        yield process
        os.killpg(process.pid, 9)


def test_what_a_child_uses_is_counted(parent: subprocess.Popen[bytes]) -> None:
    deadline_s = time.monotonic() + 20

    while time.monotonic() < deadline_s and (cpu_s(parent.pid) < 0.3):
        time.sleep(0.05)

    assert len(list(tree(parent.pid))) == 2
    assert cpu_s(parent.pid) >= 0.3
    assert peak_rss_mb(parent.pid) > 61


def test_a_process_that_has_ended_has_used_nothing() -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()

    assert cpu_s(ended.pid) == peak_rss_mb(ended.pid) == 0


def test_what_is_started_meanwhile_keeps_to_the_core() -> None:
    before = os.sched_getaffinity(0)
    core = max(before)

    with pinned(core):
        told = subprocess.check_output(
            [sys.executable, "-c", "import os; print(os.sched_getaffinity(0))"], text=True
        )

    assert told.strip() == str({core})
    assert os.sched_getaffinity(0) == before
