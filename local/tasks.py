"""What stands in for a container engine before MiniStack: it starts the tasks' containers.

The scheduler, the service's count, restarts and the circuit breaker stay MiniStack's; only the
last step, running a container, is done here. Each gets exactly the environment of its task
definition, the task role's credentials and ECS's endpoint for tasks. What runs it is the
launcher's matter: `process_launcher`, or `container_launcher` with CONTAINERS=1.
"""

from __future__ import annotations

import secrets
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Protocol

from local.credentials import credentials_reply
from local.front import TASK_PREFIX, Reply, Request
from local.process_launcher import ProcessLauncher
from local.protection import PATH as PROTECTION_PATH
from local.protection import Protections, protection_reply
from local.settings import REGION
from local.task import LABEL, Identity, TaskContainer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from local.settings import Settings
    from local.worker import Worker
    from local.workspace import Workspace

    type Describe = Callable[[str], Mapping[str, Any]]

NOT_FOUND = Reply(404, {"content-type": "application/json"}, b'{"message":"no such task"}')


class Launcher(Protocol):
    """What runs a task's container."""

    def check(self) -> None:
        """Raise `StartFailed` where a worker could not reach the emulator, which is up."""

    def start(self, container: TaskContainer) -> Worker:
        """Start it; ValueError for one that this launcher can't run."""


class Engine:
    """The workers of this run. `describe` returns a task definition by `family:revision`."""

    def __init__(
        self,
        settings: Settings,
        workspace: Workspace,
        protections: Protections,
        describe: Describe,
        launcher: Launcher | None = None,
    ) -> None:
        self._settings = settings
        self._protections = protections
        self._describe = describe
        self._launcher = launcher or ProcessLauncher(settings, workspace)
        self._workers: dict[str, Worker] = {}
        self._identities: dict[str, Identity] = {}
        self._fault: Exception | None = None
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._open = threading.Event()
        self._open.set()
        # One thread starts all workers, and lives as long as the run (see leash).
        self._starter = ThreadPoolExecutor(max_workers=1, thread_name_prefix="start-worker")

    def start(self, labels: Mapping[str, str], environ: Mapping[str, str]) -> Worker:
        """Start the container that ECS labels so."""
        if self._closing.is_set():
            # The scheduler replaces what the end of the run stops: it waits here, forever.
            threading.Event().wait()
        self._open.wait()
        container = self._container(labels, environ)
        try:
            worker = self._starter.submit(self._launcher.start, container).result()
        except Exception as fault:
            self._fault = fault
            raise
        with self._lock:
            self._workers[worker.id] = worker
        return worker

    def hold(self) -> None:
        """Start no worker before `release`: a stack asks for them before its model is there."""
        self._open.clear()

    def release(self) -> None:
        """Start what was held back, and from now on each worker at once."""
        self._open.set()

    def fault(self) -> Exception | None:
        """Return why the last worker that could not be started was not, None where all were."""
        return self._fault

    def worker(self, worker_id: str) -> Worker:
        """Return a worker by its id; KeyError for another."""
        with self._lock:
            return self._workers[worker_id]

    def workers(self) -> list[Worker]:
        """Return every worker of this run, the ended ones too."""
        with self._lock:
            return list(self._workers.values())

    def running(self) -> list[Worker]:
        """Return the workers that run now."""
        return [worker for worker in self.workers() if worker.status == "running"]

    def close(self, grace_s: float) -> None:
        """Stop all workers, killing those that are not done after `grace_s`."""
        self._closing.set()
        self.release()
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

    def _container(self, labels: Mapping[str, str], environ: Mapping[str, str]) -> TaskContainer:
        family, version = (
            labels[f"{LABEL}task-definition-{part}"] for part in ("family", "version")
        )
        definition = self._describe(f"{family}:{version}")
        name = labels[f"{LABEL}container-name"]
        declared = next(c for c in definition["containerDefinitions"] if c["name"] == name)
        identity = Identity(labels[f"{LABEL}task-arn"], definition.get("taskRoleArn", ""))
        environment = self._environment(identity, environ)
        return TaskContainer(identity, definition, declared, labels, environment)

    def _environment(self, identity: Identity, environ: Mapping[str, str]) -> dict[str, str]:
        """Return what the definition says, what ECS adds, and where AWS is."""
        token = secrets.token_urlsafe(32)
        self._identities[token] = identity
        agent = f"{self._settings.endpoint_url}{TASK_PREFIX}{token}"
        here = "//127.0.0.1:"
        return {
            # A stopping worker ends its receive first: nobody waits long for a laptop's prompt.
            "POLL_SECONDS": "2",
            **{n: v.replace("//host.docker.internal:", here) for n, v in environ.items()},
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL": self._settings.system_endpoint_url,
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{agent}/credentials",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN": token,
            "AWS_EC2_METADATA_DISABLED": "true",
            "ECS_AGENT_URI": agent,
        }


def _kill(workers: list[Worker]) -> None:
    for worker in workers:
        worker.kill()
