"""`python -m local [run|stop|status|invoke EVENT|start-api|bridge]`.

Exit code 0, or 1 with one line that says why not; with `invoke` and `start-api`, sam's own.
LOCAL_DIR puts another folder in the place of .local/, for a run beside another.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from local import pidfile
from local.console import Console
from local.failure import StartFailed
from local.settings import Settings
from local.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator
    from typing import Any

INTERRUPTED = 130
ACTIONS = ("run", "stop", "status", "invoke", "start-api", "bridge")
API_PORT = 3000


def main() -> int:
    """Do what the first argument says."""
    parser = argparse.ArgumentParser(prog="python -m local", description=__doc__)
    parser.add_argument("action", nargs="?", default="run", choices=ACTIONS)
    parser.add_argument("event", nargs="?", type=Path, help="a file below events/")
    parser.add_argument("--api-port", type=int, default=API_PORT)
    arguments = parser.parse_args()
    root = Path(__file__).resolve().parent.parent
    folder = Path(os.environ.get("LOCAL_DIR") or root / ".local").resolve()
    workspace, console = Workspace(folder), Console()
    try:
        if arguments.action == "run":
            run(root, workspace, console)
        elif arguments.action == "stop":
            console.line(stop(workspace))
        elif arguments.action == "status":
            console.line(status(workspace))
        else:
            return sam_local(arguments, root, workspace, console)
    except StartFailed as failure:
        console.failure(failure)
        return 1
    except KeyboardInterrupt:
        console.line("stopped before it was ready")
        return INTERRUPTED
    return 0


def run(root: Path, workspace: Workspace, console: Console) -> None:
    """Run until told to stop. What only a run needs is imported here, so that `stop` is quick."""
    settings = Settings.of(os.environ, root)
    with _installed():
        from local.runner import Runner  # noqa: PLC0415
    Runner(settings, workspace, console).run()


def stop(workspace: Workspace) -> str:
    """Stop the run, and remove the containers of one that was killed."""
    stopped = pidfile.stop(workspace.pid)
    workspace.endpoint.unlink(missing_ok=True)  # a run that was killed leaves it
    if workspace.has_containers():
        with _installed():
            from local.container_engine import connect, remove_leftovers  # noqa: PLC0415
        remove_leftovers(connect(), workspace)
        return "removed what a run that was killed left behind"
    return "stopped" if stopped else "nothing runs"


def status(workspace: Workspace) -> str:
    """Return one line on the run, and one for each worker."""
    pid = pidfile.holder(workspace.pid)
    if not pid:
        return "nothing runs"
    lines = [f"process {pid}: starting or stopping"]
    if workspace.endpoint.is_file():
        lines = [f"process {pid}: ready at {json.loads(workspace.endpoint.read_text())['url']}"]
    for path in sorted(workspace.tasks.glob("*/pid")):
        lines.append(f"worker {path.parent.name}: process {path.read_text().strip()}")
    return "\n".join(lines)


def sam_local(
    arguments: argparse.Namespace, root: Path, workspace: Workspace, console: Console
) -> int:
    """Run `sam local` with the running system behind it; return sam's exit code."""
    settings = Settings.of(os.environ, root)
    with _installed():
        from local.sam_local import SamLocal  # noqa: PLC0415
    functions = SamLocal.behind(settings, workspace, console)
    if arguments.action == "start-api":
        return _until_stopped(functions.start_api(arguments.api_port))
    if arguments.action == "bridge":
        return _until_stopped(functions.hold())
    if arguments.event is None:
        raise StartFailed("say which event: make invoke EVENT=events/enqueue/minimal.json")
    return _until_stopped(functions.invoke(arguments.event.resolve()))


def _until_stopped(work: Coroutine[Any, Any, int | None]) -> int:
    """Run it to its end, or until Ctrl-C or SIGTERM."""

    async def stoppable() -> int:
        task = asyncio.ensure_future(work)
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
        with suppress(asyncio.CancelledError):
            return await task or 0
        return 0

    return asyncio.run(stoppable())


@contextmanager
def _installed() -> Iterator[None]:
    """Raise `StartFailed` where a package that is imported meanwhile is missing."""
    try:
        yield
    except ImportError as error:
        raise StartFailed(f"{error.name or error} can't be imported: run `make setup`") from error


if __name__ == "__main__":
    sys.exit(main())
