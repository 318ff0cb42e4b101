from __future__ import annotations

import signal
import sys
import time
from typing import TYPE_CHECKING

import pytest

from local.failure import StartFailed
from local.process import ProcessPlan, WorkerProcess
from local.service import ended, wait_until_ready

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from local.worker import Worker

STUBBORN = "import signal, time; signal.signal(15, signal.SIG_IGN); print('up'); time.sleep(60)"


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., WorkerProcess]]:
    """Start a Python program as a worker."""
    started: list[WorkerProcess] = []

    def begin(program: str, health: str = "", stop_timeout_s: float = 30) -> WorkerProcess:
        folder = tmp_path / f"task-{len(started)}"
        folder.mkdir()
        plan = ProcessPlan(
            task_id=folder.name,
            name="worker",
            command=[sys.executable, "-uc", program],
            health_command=[sys.executable, "-c", health] if health else [],
            environment={},
            working_folder=tmp_path,
            folder=folder,
            log=tmp_path / f"{folder.name}.log",
            stop_timeout_s=stop_timeout_s,
            labels={},
        )
        started.append(WorkerProcess(plan).start())
        return started[-1]

    yield begin
    for worker in started:
        worker.kill()
        worker.wait(5)


class Workers:
    """An engine with the workers given."""

    def __init__(self, *workers: WorkerProcess) -> None:
        self._workers: list[Worker] = list(workers)
        self.failed: Exception | None = None

    def workers(self) -> list[Worker]:
        return self._workers

    def running(self) -> list[Worker]:
        return [worker for worker in self._workers if worker.status == "running"]

    def fault(self) -> Exception | None:
        return self.failed


def wait_for(log: Path, text: str) -> None:
    deadline_s = time.monotonic() + 5
    while text not in log.read_text():
        assert time.monotonic() < deadline_s
        time.sleep(0.01)


def test_a_worker_ends_with_its_own_code(start: Callable[..., WorkerProcess]) -> None:
    worker = start("import sys; sys.exit(3)")

    assert worker.wait(5) == {"StatusCode": 3}
    assert worker.status == "exited"


def test_a_signal_shows_as_a_container_engine_shows_it(
    start: Callable[..., WorkerProcess],
) -> None:
    worker = start("import time; time.sleep(60)")

    worker.kill()

    assert worker.wait(5) == {"StatusCode": 128 + signal.SIGKILL}


def test_stop_returns_at_once_and_kills_after_the_stop_timeout(
    start: Callable[..., WorkerProcess],
) -> None:
    worker = start(STUBBORN, stop_timeout_s=0.3)
    wait_for(worker.plan.log, "up")
    began_s = time.monotonic()

    worker.stop(timeout=5)
    returned_s = time.monotonic() - began_s

    assert returned_s < 0.2
    assert worker.wait(5) == {"StatusCode": 128 + signal.SIGKILL}
    assert time.monotonic() - began_s >= 0.3


def test_the_folder_goes_with_the_worker_and_the_log_stays(
    start: Callable[..., WorkerProcess],
) -> None:
    worker = start("print('hello')")
    worker.wait(5)

    assert not worker.plan.folder.exists()
    assert worker.logs() == b"hello"


def test_a_log_can_be_followed_to_the_end(start: Callable[..., WorkerProcess]) -> None:
    worker = start("import time; print('a'); time.sleep(0.2); print('b')")

    assert b"".join(worker.logs(stream=True, follow=True)) == b"a\nb\n"


def test_a_log_is_followed_line_by_line(start: Callable[..., WorkerProcess]) -> None:
    program = "import sys, time; w = sys.stdout.write; w('a\\nb'); time.sleep(0.3); w('c\\nend')"
    worker = start(program)

    told = [each for each in worker.logs(stream=True, follow=True) if each]

    assert told == [b"a\n", b"bc\n", b"end"]


def test_a_worker_is_ready_when_its_check_says_so(start: Callable[..., WorkerProcess]) -> None:
    program = "import time; time.sleep(60)"

    assert start(program, health="pass").healthy()
    assert not start(program, health="raise SystemExit(1)").healthy()


def test_waiting_ends_when_all_are_ready(start: Callable[..., WorkerProcess]) -> None:
    worker = start("import time; time.sleep(60)", health="pass")

    wait_until_ready(Workers(worker), 1, timeout_s=5)


def test_waiting_says_who_is_not_ready_in_time(start: Callable[..., WorkerProcess]) -> None:
    worker = start("import time; time.sleep(60)", health="raise SystemExit(1)")

    with pytest.raises(StartFailed, match="1 of 2 workers run, and not all are ready"):
        wait_until_ready(Workers(worker), 2, timeout_s=0.1)


def test_a_worker_that_was_told_to_stop_is_not_waited_for(
    start: Callable[..., WorkerProcess],
) -> None:
    replaced = start("pass", health="pass")
    replaced.was_stopped = True
    leaving = start(STUBBORN, health="raise SystemExit(1)")
    leaving.was_stopped = True
    new = start("import time; time.sleep(60)", health="pass")

    wait_until_ready(Workers(replaced, leaving, new), 1, timeout_s=5)

    with pytest.raises(StartFailed, match="1 of 2 workers run"):
        wait_until_ready(Workers(leaving, new), 2, timeout_s=0.1)


def test_a_crash_is_told_with_the_last_lines_of_its_log(
    start: Callable[..., WorkerProcess],
) -> None:
    worker = start("raise RuntimeError('no model')")
    worker.wait(5)

    failure = ended(worker)

    assert str(failure) == "a worker ended with code 1"
    assert "no model" in failure.excerpt
    assert failure.log == worker.plan.log


def test_a_worker_that_can_not_be_started_is_told_at_once() -> None:
    engine = Workers()
    engine.failed = OSError("no such image")

    with pytest.raises(StartFailed, match="a worker can't be started: no such image"):
        wait_until_ready(engine, 1, timeout_s=5)
