"""The drill, from a system that starts to what is left when all is over."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.system import ROOT, free_port, running
from local import function_logs
from spillway.aws.queue import SqsQueues
from spillway.job import JobKey
from spillway_cli import api_keys
from tests.drill.aftermath import MODEL, Aftermath, are_over, readings, stored
from tests.drill.callers import Callers, Ledger
from tests.drill.plan import LEASE_S, MAX_ATTEMPTS, TENANTS, Plan
from tests.drill.proxy import proxied
from tests.drill.stream import Stream
from tests.drill.troublemaker import Blow, Habits, Troublemaker
from tools.model import folder as folders

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from benchmarks.system import System
    from spillway.client import Client
    from tests.drill.proxy import Proxy

    type Tell = Callable[[str], None]

TASKS = 4
CODE = Path(__file__).with_name("proof") / "proof.py"
PROBE = {"kind": "sound", "tenant": "", "number": -1}
HABITS = Habits(least_s=2, most_s=5, freezes_in=4, lease_s=LEASE_S)
ALMOST_ALL = 0.9
"""The trouble lasts until so many of the jobs are over."""
PATIENCE_S = 300
"""How long all jobs may take to end, once nothing hinders them any more."""
LOOK_S = 2
EXITED = "a worker ended with code 70"
"""What the run says of a worker that a payload has ended (proof.py)."""


@dataclass(frozen=True, kw_only=True)
class Course:
    """How the drill went: what was injected, how long things took, and what is left.

    Recovery is from the last fault to the end of the last job, `rerun_s` from the redrive to the
    end of the last job that was run again.
    """

    faults: Mapping[str, int]
    blows: Sequence[Blow]
    exits: int
    unanswered: int
    trouble_s: float
    recovery_s: float
    rerun_s: float
    aftermath: Aftermath
    logs: Path


@dataclass(slots=True)
class Drill:
    """One drill in a folder of its own."""

    plan: Plan
    folder: Path
    python: Path
    tell: Tell
    _system: System = field(init=False)
    _proxy: Proxy = field(init=False)
    _stream: Stream = field(init=False)
    _clients: Mapping[str, Client] = field(init=False)
    _ledger: Ledger = field(default_factory=Ledger)

    def run(self) -> Course:
        """Start a system, hinder it, let it recover, look at what is left, stop it."""
        self._mended.unlink(missing_ok=True)
        with ExitStack() as stack:
            self._start(stack)
            began_s = time.time()
            blows = self._hinder()
            calm_s = time.time()
            faults = self._proxy.counts()
            self.tell(f"{calm_s - began_s:.0f} s of trouble are over")
            self._wait(self._accepted())
            recovery_s = self._ended_s(self._accepted()) - calm_s
            self.tell(f"all jobs were over {recovery_s:.0f} s later; redrive")
            rerun_s = self._redrive()
            self._settle()
            return Course(
                faults=faults,
                blows=blows,
                exits=self._exits(),
                unanswered=len(self._ledger.refusals),
                trouble_s=calm_s - began_s,
                recovery_s=recovery_s,
                rerun_s=rerun_s,
                aftermath=self._aftermath(),
                logs=self._save_logs(),
            )

    @property
    def _mended(self) -> Path:
        return self.folder / "mended"

    def _start(self, stack: ExitStack) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        port = free_port()
        self._proxy = stack.enter_context(
            proxied(
                self.python,
                upstream=f"http://127.0.0.1:{port}",
                port=free_port(),
                seed=self.plan.seed,
                log=self.folder / "microburst.log",
            )
        )
        self._system = stack.enter_context(
            running(
                self.folder,
                model=self._model(),
                PORT=str(port),
                TASKS=str(TASKS),
                THROUGH=self._proxy.url,
                PARAMETERS=f"ModelLeaseSeconds={LEASE_S} ModelMaxAttempts={MAX_ATTEMPTS} "
                f"ModelMaxTasks={TASKS}",
            )
        )
        target = self._system.target
        self._stream = Stream(target)
        self._clients = {tenant: self._client(tenant) for tenant in TENANTS}
        self.tell(f"{TASKS} workers are ready")

    def _model(self) -> Path:
        with folders.replacing(self.folder / "model") as building:
            shutil.copy(CODE, building)
            folders.describe(
                building,
                model_version="proof-1",
                runtime="python",
                options={"entrypoint": "proof:Proof", "mended": str(self._mended)},
                probe=PROBE,
            )
        return self.folder / "model"

    def _client(self, tenant: str) -> Client:
        target = self._system.target
        plan = target.output("UsagePlanId")
        key = api_keys.create(target.aws("apigateway"), plan, tenant)
        return replace(target, key=key).client()

    def _hinder(self) -> Sequence[Blow]:
        """Submit everything under faults, which last until almost all is over."""
        self._proxy.hinder()
        tasks = self.folder / "tasks"
        with Troublemaker(tasks, HABITS, self.plan.seed) as troublemaker:
            Callers(self._clients, self._ledger).submit(self.plan.submissions)
            self.tell(f"{len(self.plan.submissions)} submissions were accepted")
            self._wait(self._accepted(), share=ALMOST_ALL)
        self._proxy.calm()
        return troublemaker.blows

    def _accepted(self) -> set[JobKey]:
        return {
            JobKey(tenant, job_id)
            for (tenant, _), ids in self._ledger.ids.items()
            for job_id in ids
        }

    def _wait(self, keys: set[JobKey], *, share: float = 1) -> None:
        """Wait until so many of these jobs are over, or for as long as patience lasts."""
        deadline_s = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline_s:
            self._system.news()
            self._stream.read()
            if self._share_over(keys) >= share:
                return
            time.sleep(LOOK_S)
        self.tell(f"patience is over: {dict(self._stream.count(keys))}")

    def _share_over(self, keys: set[JobKey]) -> float:
        over = sum(are_over(self._stream.jobs, [key]) for key in keys)
        return over / len(keys) if keys else 1

    def _ended_s(self, keys: Iterable[JobKey]) -> float:
        """When the last of these jobs ended (epoch seconds)."""
        ends = (self._stream.jobs.get(key, {}).get("completedAt", 0) for key in keys)
        return max((end for end in ends if isinstance(end, int)), default=0) / 1000

    def _exits(self) -> int:
        return sum(EXITED in line.text for line in self._system.said)

    def _redrive(self) -> float:
        """Mend what is broken, redrive the DLQ, and wait for what was run again."""
        self._mended.touch()
        began_s = time.time()
        again = {
            JobKey(done["tenant"], done["newJobId"])
            for done in self._redriven()
            if done["newJobId"] is not None
        }
        self.tell(f"{len(again)} jobs were run again")
        self._wait(again)
        return max(0.0, self._ended_s(again) - began_s)

    def _redriven(self) -> list[dict[str, str]]:
        words = ["dead-letters", "redrive", "--all", "--model", MODEL, "--json"]
        done = subprocess.run(
            [sys.executable, "-m", "spillway_cli", *words],
            env={"PYTHONPATH": f"{ROOT / 'core'}:{ROOT / 'cli'}", "LOCAL_DIR": str(self.folder)},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise SystemExit(f"the redrive failed: {done.stderr}")
        return [json.loads(line) for line in done.stdout.splitlines()]

    def _settle(self) -> None:
        """Wait until the queue is empty: a second copy of a message outlives its job by a lease."""
        target = self._system.target
        queue = SqsQueues(target.aws("sqs"), target.stack_name).find(MODEL)
        deadline_s = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline_s:
            depth = queue.depth()
            if not (depth.visible or depth.in_flight or depth.delayed):
                return
            time.sleep(LOOK_S)

    def _aftermath(self) -> Aftermath:
        self.tell("looking at what is left")
        there = stored(self._system.target)
        read = readings(self._clients, there.jobs)
        self._stream.read()
        return Aftermath(
            plan=self.plan,
            ids=dict(self._ledger.ids),
            changes=[each for each in self._stream.changes if each.key.tenant in TENANTS],
            stored=there,
            readings=read,
        )

    def _save_logs(self) -> Path:
        target = self._system.target
        prefix = f"/spillway/{target.stack_name}/"
        function_logs.save(target.aws("logs"), prefix, self.folder / "log" / "functions")
        return self.folder / "log"
