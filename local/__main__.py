"""`python -m local [run|stop|status]`: exit code 0, or 1 with one line that says why not.

LOCAL_DIR puts another folder in the place of .local/, for a run beside another.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from local import pidfile
from local.console import Console
from local.failure import StartFailed
from local.settings import Settings
from local.workspace import Workspace

INTERRUPTED = 130


def main() -> int:
    """Do what the first argument says."""
    parser = argparse.ArgumentParser(prog="python -m local", description=__doc__)
    parser.add_argument("action", nargs="?", default="run", choices=["run", "stop", "status"])
    action = parser.parse_args().action
    root = Path(__file__).resolve().parent.parent
    folder = Path(os.environ.get("LOCAL_DIR") or root / ".local").resolve()
    workspace, console = Workspace(folder), Console()
    try:
        if action == "run":
            run(root, workspace, console)
        elif action == "stop":
            console.line("stopped" if pidfile.stop(workspace.pid) else "nothing runs")
        else:
            console.line(status(workspace))
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
    try:
        from local.runner import Runner  # noqa: PLC0415
    except ImportError as error:
        raise StartFailed(f"{error.name or error} can't be imported: run `make setup`") from error
    Runner(settings, workspace, console).run()


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


if __name__ == "__main__":
    sys.exit(main())
