"""One function or the API in Lambda's own image, by `sam local`, with the running system behind.

`make run` deploys; this takes what it built, adds what `sam local` has no place for, and gives the
functions the deployed ones' variables.
"""

from __future__ import annotations

import asyncio
import json
import shlex
import signal
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

import yaml

from local import environment, pidfile
from local.aws import Aws
from local.bridge import bridge
from local.container_engine import connect
from local.deployment import Deployment, sam_environment
from local.failure import StartFailed
from local.function_template import with_key_check, with_routes, with_variables
from local.settings import STACK, Settings
from local.workspace import write_private

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from local.console import Console
    from local.workspace import Workspace

# The folder below events/, and the function that its events are for.
FUNCTIONS = {
    "enqueue": "EnqueueFunction",
    "api": "ApiFunction",
    "deliveries": "DeliveriesApiFunction",
    "reconcile": "ReconcileFunction",
    "scaler": "ScalerFunction",
    "wake": "WakeFunction",
    "outbox": "OutboxFunction",
    "deliver": "DeliverFunction",
}
SERVED = ("EnqueueFunction", "ApiFunction", "DeliveriesApiFunction")
API_KEY = "API_KEY"
EXAMPLE = Path("events/enqueue/minimal.json")


class SamLocal:
    """`sam local` for the system that runs in a workspace."""

    def __init__(
        self, settings: Settings, workspace: Workspace, console: Console, *, api_key: str
    ) -> None:
        self._settings = settings
        self._workspace = workspace
        self._console = console
        self._api_key = api_key
        self._deployment = Deployment(settings, workspace)

    @classmethod
    def behind(cls, settings: Settings, workspace: Workspace, console: Console) -> Self:
        """Find the running system; raises `StartFailed` where none runs."""
        if not (pidfile.holder(workspace.pid) and workspace.endpoint.is_file()):
            raise StartFailed("nothing runs: start the system with `make run` first")
        said = json.loads(workspace.endpoint.read_text())
        port = urlsplit(said["endpointUrl"]).port
        found = Settings(settings.root, port=port or settings.port, sam=settings.sam)
        return cls(found, workspace, console, api_key=said["apiKey"])

    async def invoke(self, event: Path) -> int:
        """Send an event to the function of its folder; return sam's exit code."""
        function, document = function_of(event), read(event)
        variables = {"AUTH_MODE": "Iam"} if is_signed(document) else {}
        async with self._bridge(variables):
            return await self._sam(*self._invoke(function, event))

    async def start_api(self, port: int) -> int:
        """Serve the API on a port of this machine until told to stop."""
        async with self._bridge():
            return await self._sam(*self._start_api(), "--port", str(port))

    async def hold(self) -> None:
        """Keep a bridge open until told to stop, and say what can be called meanwhile."""
        async with self._bridge() as url:
            self._console.line(f"containers reach the emulator at {url} until Ctrl-C; for example:")
            for words in (self._invoke(FUNCTIONS["enqueue"], EXAMPLE), self._start_api()):
                self._console.line(shlex.join((self._settings.sam_command(), *words)))
            await asyncio.Event().wait()

    def _invoke(self, function: str, event: Path) -> list[str]:
        return ["local", "invoke", function, "--event", str(event), *self._files("invoke")]

    def _start_api(self) -> list[str]:
        return ["local", "start-api", "--warm-containers", "LAZY", *self._files("start-api")]

    def _files(self, name: str) -> list[str]:
        template = self._deployment.built / f"{name}.yaml"
        return ["--template-file", str(template), "--env-vars", str(self._workspace.functions)]

    @asynccontextmanager
    async def _bridge(self, overrides: dict[str, str] | None = None) -> AsyncIterator[str]:
        """Open a bridge, and write what `sam local` reads while it is open."""
        self._build()
        async with bridge(connect(), self._settings.port) as url:
            variables = self._variables(url)
            for each in variables.values():
                each.update(overrides or {})
            self._write_templates(sorted(set().union(*variables.values())))
            write_private(self._workspace.functions, json.dumps(variables, indent=2) + "\n")
            try:
                yield url
            finally:
                self._workspace.functions.unlink(missing_ok=True)

    def _build(self) -> None:
        if not self._deployment.is_built():
            build = self._deployment.begin_build()
            with self._console.step("sam build", build.began_s):
                self._deployment.finish_build(build)

    def _variables(self, url: str) -> dict[str, dict[str, str]]:
        """Return the deployed functions' variables, with the emulator as a container sees it."""
        aws = Aws(self._settings)
        shared = {**environment.function_environment(url), API_KEY: self._api_key}
        found = {}
        for function in FUNCTIONS.values():
            resource = aws.cloudformation.describe_stack_resource(
                StackName=STACK, LogicalResourceId=function
            )["StackResourceDetail"]["PhysicalResourceId"]
            deployed = aws.functions.get_function_configuration(FunctionName=resource)
            found[function] = {**deployed["Environment"]["Variables"], **shared}
        return found

    def _write_templates(self, names: list[str]) -> None:
        """Write what `sam local` reads beside the built template, whose paths are relative."""
        root, built = self._settings.root, self._deployment.built
        template = with_variables(_yaml(built / "template.yaml"), names)
        served = with_routes(template, _yaml(root / "api" / "openapi.yaml"))
        served = with_key_check(served, SERVED, root / "local" / "key_check")
        for name, content in (("invoke", template), ("start-api", served)):
            (built / f"{name}.yaml").write_text(yaml.safe_dump(content, sort_keys=False))

    async def _sam(self, *words: str) -> int:
        """Run sam; when told to stop, have it remove its containers first."""
        process = await asyncio.create_subprocess_exec(
            self._settings.sam_command(),
            *words,
            cwd=self._settings.root,
            env=sam_environment(self._settings),
            # Ctrl-C reaches it through us, once.
            start_new_session=True,
        )
        try:
            return await process.wait()
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGINT)
                await process.wait()


def _yaml(path: Path) -> dict[str, Any]:
    return dict(yaml.safe_load(path.read_text(encoding="utf-8")))


def function_of(event: Path) -> str:
    """Return the function of an event's folder; raises `StartFailed` where there is none."""
    try:
        return FUNCTIONS[event.parent.name]
    except KeyError:
        folders = ", ".join(f"events/{name}/" for name in FUNCTIONS)
        raise StartFailed(
            f"{event}: the event's folder says which function it is for; there are {folders}"
        ) from None


def read(event: Path) -> dict[str, Any]:
    """Return the event; raises `StartFailed` where it can't be read."""
    try:
        return dict(json.loads(event.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise StartFailed(f"{event} is no event: {error}") from None


def is_signed(event: dict[str, Any]) -> bool:
    """Tell whether API Gateway has let a caller in by a signature, as with AuthMode=Iam."""
    return bool(event.get("requestContext", {}).get("identity", {}).get("userArn"))
