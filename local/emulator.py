"""MiniStack inside this process: its ASGI application behind ours, in a thread of its own."""

from __future__ import annotations

import asyncio
import logging
import os
import resource
import socket
import tempfile
import threading
import time
from typing import TYPE_CHECKING, Any
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

from hypercorn.asyncio import serve
from hypercorn.config import Config

from local import (
    authorization,
    compatibility,
    container_definitions,
    docker_client,
    environment,
    gateway_responses,
    log_events,
    nested_stacks,
    number_properties,
    protection,
    proxy_event,
    resource_types,
    rest_import,
    scale_in,
    stack_imports,
)
from local.aws import Aws
from local.failure import StartFailed
from local.front import RECEIVER_PREFIX, TASK_PREFIX, Front, Reply, Request
from local.receiver.receiver import Receiver
from local.receiver.tenant_secrets import TenantSecrets
from local.settings import STACK

if TYPE_CHECKING:
    from local.settings import Settings
    from local.tasks import Engine
    from local.workspace import Workspace

HOST = "127.0.0.1"
READY_TIMEOUT_S = 30
STOP_TIMEOUT_S = 30
GRACE_S = 3.0


def check_port(port: int) -> None:
    """Raise `StartFailed` where something else listens on the port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            raise StartFailed(
                f"port {port} is taken: stop what listens there (make stop?) or set PORT=…"
            ) from None


class Emulator:
    """One emulator a process: MiniStack reads its environment when it is imported."""

    def __init__(self, settings: Settings, workspace: Workspace) -> None:
        self._settings = settings
        self._log = workspace.logs / "ministack.log"
        prepare_process(settings, workspace)
        compatibility.check()
        self.declared = resource_types.Declarations()
        self.protections = protection.Protections(peers=scale_in.peers)
        resource_types.install(self.declared)
        protection.install(self.protections)
        container_definitions.install()
        number_properties.install()
        nested_stacks.install()
        stack_imports.install()
        rest_import.install()
        proxy_event.install()
        gateway_responses.install()
        log_events.install()
        authorization.install()
        scale_in.install(self.protections)
        secrets = TenantSecrets(Aws(settings).ssm, STACK)
        self._receiver = Receiver(settings.receiver_url, secrets.read)
        self._thread = threading.Thread(target=self._serve, name="emulator", daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._fault: Exception | None = None
        self._engine: Engine | None = None

    def start(self, engine: Engine) -> None:
        """Serve until `stop`; returns when requests are answered, raises `StartFailed` if never."""
        self._engine = engine
        docker_client.install(engine)
        self._thread.start()
        deadline_s = time.monotonic() + READY_TIMEOUT_S
        while time.monotonic() < deadline_s and self.is_alive():
            if self._answers():
                return
            time.sleep(0.05)
        raise StartFailed(
            f"the emulator did not start: {self._fault or 'no answer'}", log=self._log
        )

    def is_alive(self) -> bool:
        """Tell whether the server's thread runs."""
        return self._thread.is_alive()

    def stop(self) -> None:
        """Stop serving; with KEEP=1 the state is written now."""
        if self._loop is not None and self._stop is not None and self.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(STOP_TIMEOUT_S)
        compatibility.name("core.lambda_runtime.reset")()

    def _serve(self) -> None:
        try:
            asyncio.run(self._serve_until_stopped())
        except Exception as fault:  # noqa: BLE001 - told by the thread that waits
            self._fault = fault

    async def _serve_until_stopped(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        config = Config()
        config.bind = [f"{HOST}:{self._settings.port}"]
        config.keep_alive_timeout = 75
        config.graceful_timeout = GRACE_S
        config.loglevel = "WARNING"
        config.errorlog = logging.getLogger("hypercorn.error")
        endpoints = {TASK_PREFIX: self._answer_task, RECEIVER_PREFIX: self._receiver.answer}
        application: Any = Front(compatibility.name("app.app"), endpoints)
        await serve(application, config, shutdown_trigger=self._stop.wait)

    def _answer_task(self, request: Request) -> Reply:
        assert self._engine is not None  # noqa: S101 - set before the thread starts
        return self._engine.answer(request)

    def _answers(self) -> bool:
        try:
            opener = build_opener(ProxyHandler({}))
            with opener.open(
                f"{self._settings.endpoint_url}/_ministack/health", timeout=2
            ) as reply:
                return bool(reply.status == 200)
        except (URLError, OSError):
            return False


def prepare_process(settings: Settings, workspace: Workspace) -> None:
    """Give this process the environment and the log that MiniStack is to find."""
    clean = environment.scrubbed(os.environ)
    os.environ.clear()
    os.environ.update(clean, **environment.emulator_environment(settings, workspace))
    tempfile.tempdir = None
    # Its own basicConfig then finds the root logger taken, and the terminal stays the user's.
    logging.basicConfig(
        filename=workspace.logs / "ministack.log",
        level=logging.WARNING,
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
        force=True,
    )
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
