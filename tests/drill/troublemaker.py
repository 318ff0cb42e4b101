"""What befalls the workers' processes: killed unwarned, or frozen for longer than a lease."""

from __future__ import annotations

import os
import random
import signal
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType

KILLED, FROZEN = "kill -9", "SIGSTOP past the lease"


@dataclass(frozen=True, slots=True)
class Blow:
    """What befell which worker (its task's id), and when (epoch seconds)."""

    at_s: float
    kind: str
    task: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """A blow every so many seconds, from least to most; each `freezes_in`-th is a freeze."""

    least_s: float
    most_s: float
    freezes_in: int
    lease_s: int


@dataclass(slots=True)
class Troublemaker:
    """A thread that deals blows from the block's begin to its end, when nothing is frozen."""

    tasks: Path
    habits: Habits
    seed: int
    blows: list[Blow] = field(default_factory=list)
    _frozen: dict[int, float] = field(default_factory=dict)
    _over: Event = field(default_factory=Event)
    _thread: Thread | None = None

    def __enter__(self) -> Self:
        self._thread = Thread(target=self._run, name="troublemaker")
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._over.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        rng = random.Random(f"troublemaker {self.seed}")
        pause_s = 0.0
        while not self._over.wait(0.1):
            self._thaw(time.monotonic())
            pause_s -= 0.1
            if pause_s <= 0 and self._deal(rng):
                pause_s = rng.uniform(self.habits.least_s, self.habits.most_s)
        self._thaw(float("inf"))

    def _deal(self, rng: random.Random) -> bool:
        """Deal one blow, if there is a worker that is at work."""
        workers = [each for each in at_work(self.tasks) if each[1] not in self._frozen]
        if not workers:
            return False
        task, pid = rng.choice(workers)
        freezes = (len(self.blows) + 1) % self.habits.freezes_in == 0
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP if freezes else signal.SIGKILL)
            self.blows.append(Blow(time.time(), FROZEN if freezes else KILLED, task))
        if freezes:
            past_s = self.habits.lease_s + rng.uniform(2, 6)
            self._frozen[pid] = time.monotonic() + past_s
        return True

    def _thaw(self, now_s: float) -> None:
        for pid, until_s in list(self._frozen.items()):
            if until_s <= now_s:
                del self._frozen[pid]
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)


def at_work(tasks: Path) -> list[tuple[str, int]]:
    """The workers that are ready, in the tasks' folder of a run: each task's id and its process."""
    found = []
    for path in sorted(tasks.glob("*/pid")):
        with suppress(OSError, ValueError):
            pid = int(path.read_text())
            if any(path.parent.glob("*/ready")) and _is_worker(pid):
                found.append((path.parent.name, pid))
    return found


def _is_worker(pid: int) -> bool:
    """Whether the process is a worker still: its number may be another's by now."""
    return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[1:3] == [b"-m", b"worker"]
