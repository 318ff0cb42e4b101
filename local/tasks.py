"""What stands in for a container engine: it starts the tasks' workers as processes.

The scheduler, the service's count, restarts and the circuit breaker stay MiniStack's; only the
last step, running a container, is done here. The container named `worker` becomes
``python -m worker`` with exactly the environment of its task definition, the task role's
credentials and ECS's endpoint for tasks. Other containers need a real engine and are refused.
"""

from __future__ import annotations

import secrets
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local import environment
from local.credentials import credentials_reply
from local.front import TASK_PREFIX, Reply, Request
from local.process import Plan, WorkerProcess
from local.protection import PATH as PROTECTION_PATH
from local.protection import Protections, protection_reply
from local.settings import REGION

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from local.settings import Settings
    from local.workspace import Workspace

    type TaskDefinition = Mapping[str, Any]
    type Describe = Callable[[str], TaskDefinition]

WORKER = "worker"
LABEL = "com.amazonaws.ecs."
DEFAULT_STOP_TIMEOUT_S = 30
NOT_FOUND = Reply(404, {"content-type": "application/json"}, b'{"message":"no such task"}')


@dataclass(frozen=True)
class Identity:
    """Which task a token stands for."""

    task_arn: str
    role_arn: str

    @property
    def task_id(self) -> str:
        """Give the last part of the ARN."""
        return self.task_arn.rsplit("/", 1)[-1]


class Engine:
    """The workers of this run. `describe` returns a task definition by `family:revision`."""

    def __init__(
        self, settings: Settings, workspace: Workspace, protections: Protections, describe: Describe
    ) -> None:
        self._settings = settings
        self._workspace = workspace
        self._protections = protections
        self._describe = describe
        self._workers: dict[str, WorkerProcess] = {}
        self._identities: dict[str, Identity] = {}
        self._lock = threading.Lock()
        self._closing = threading.Event()
        # One thread starts all workers, and lives as long as the run (see leash).
        self._starter = ThreadPoolExecutor(max_workers=1, thread_name_prefix="start-worker")

    def start(self, labels: Mapping[str, str], environ: Mapping[str, str]) -> WorkerProcess:
        """Start the container that ECS labels so; raises for any but the worker."""
        if self._closing.is_set():
            # The scheduler replaces what the end of the run stops: it waits here, forever.
            threading.Event().wait()
        plan = self._plan(labels, environ)
        worker = self._starter.submit(WorkerProcess(plan).start).result()
        with self._lock:
            self._workers[worker.id] = worker
        return worker

    def worker(self, worker_id: str) -> WorkerProcess:
        """Return a worker by its id; KeyError for another."""
        with self._lock:
            return self._workers[worker_id]

    def workers(self) -> list[WorkerProcess]:
        """Return every worker of this run, the ended ones too."""
        with self._lock:
            return list(self._workers.values())

    def running(self) -> list[WorkerProcess]:
        """Return the workers that run now."""
        return [worker for worker in self.workers() if worker.status == "running"]

    def close(self, grace_s: float) -> None:
        """Stop all workers, killing those that are not done after `grace_s`."""
        self._closing.set()
        workers = self.running()
        for worker in workers:
            worker.stop()
        deadline = threading.Timer(grace_s, _kill, [workers])
        deadline.start()
        for worker in workers:
            worker.wait()
        deadline.cancel()
        self._starter.shutdown()

    def answer(self, request: Request) -> Reply:
        """Answer a task at /_task/<token>/credentials or …/task-protection/v1/state."""
        token, _, rest = request.path.removeprefix(TASK_PREFIX).partition("/")
        identity = self._identities.get(token)
        if identity is None:
            return NOT_FOUND
        if f"/{rest}" == PROTECTION_PATH:
            return protection_reply(self._protections, identity.task_arn, request)
        if rest == "credentials" and request.headers.get("authorization") == token:
            return credentials_reply(identity.role_arn, identity.task_id)
        return NOT_FOUND

    def _plan(self, labels: Mapping[str, str], environ: Mapping[str, str]) -> Plan:
        container = labels[f"{LABEL}container-name"]
        if container != WORKER:
            raise ValueError(
                f"container {container} needs a container engine; only {WORKER} runs here"
            )
        family, version = (
            labels[f"{LABEL}task-definition-{part}"] for part in ("family", "version")
        )
        definition = self._describe(f"{family}:{version}")
        declared = next(c for c in definition["containerDefinitions"] if c["name"] == container)
        identity = Identity(labels[f"{LABEL}task-arn"], definition.get("taskRoleArn", ""))
        folder = self._workspace.tasks / identity.task_id
        check = declared.get("healthCheck", {}).get("command", [])
        return Plan(
            task_id=identity.task_id,
            name=container,
            command=[sys.executable, "-m", "worker"],
            health_command=_local_command(check[1:]),
            environment=self._environment(identity, definition, declared, environ),
            working_folder=self._settings.root,
            folder=folder,
            log=self._workspace.task_logs / f"{identity.task_id}.log",
            stop_timeout_s=declared.get("stopTimeout", DEFAULT_STOP_TIMEOUT_S),
            labels=labels,
        )

    def _environment(
        self,
        identity: Identity,
        definition: TaskDefinition,
        declared: Mapping[str, Any],
        environ: Mapping[str, str],
    ) -> dict[str, str]:
        """Return what the definition says, what ECS adds, and where AWS is."""
        token = secrets.token_urlsafe(32)
        self._identities[token] = identity
        agent = f"{self._settings.endpoint_url}{TASK_PREFIX}{token}"
        threads = str(max(1, int(definition.get("cpu") or 1024) // 1024))
        mounts = self._mounts(identity, declared)
        tmp = mounts.get("/tmp", str(self._workspace.tmp))  # noqa: S108 - the task's own
        local = {name: mounts.get(value, value) for name, value in environ.items()}
        for name, value in local.items():
            local[name] = value.replace("//host.docker.internal:", "//127.0.0.1:")
        return {
            **environment.inherited(),
            # A process sees all the machine's processors, a task its own.
            "OMP_NUM_THREADS": threads,
            "OPENBLAS_NUM_THREADS": threads,
            "TOKENIZERS_PARALLELISM": "false",
            "PYTHONUNBUFFERED": "1",
            # A stopping worker ends its receive first: nobody waits long for a laptop's prompt.
            "POLL_SECONDS": "2",
            "PYTHONPATH": f"{self._settings.root / 'core'}:{self._settings.root}",
            "TMPDIR": tmp,
            "READY_FILE": f"{tmp}/ready",
            **local,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL": self._settings.endpoint_url,
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{agent}/credentials",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN": token,
            "AWS_EC2_METADATA_DISABLED": "true",
            "ECS_AGENT_URI": agent,
        }

    def _mounts(self, identity: Identity, declared: Mapping[str, Any]) -> dict[str, str]:
        """Make a folder for each volume of the task; return them by their path in the container."""
        folder = self._workspace.tasks / identity.task_id
        folder.mkdir(parents=True, exist_ok=True)
        mounts = {}
        for point in declared.get("mountPoints", []):
            volume = folder / point["sourceVolume"]
            volume.mkdir(exist_ok=True)
            mounts[point["containerPath"]] = str(volume)
        return mounts


def _kill(workers: list[WorkerProcess]) -> None:
    for worker in workers:
        worker.kill()


def _local_command(command: list[str]) -> list[str]:
    """Return an image's command with this environment's Python in the place of its own."""
    return [sys.executable, *command[1:]] if command[:1] == ["python"] else command
