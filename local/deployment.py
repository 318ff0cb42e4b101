"""The unchanged template onto the emulator, by the ordinary `sam build` and `sam deploy`."""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from local import command, environment
from local.settings import REGION, STACK
from local.workspace import discard

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from local.settings import Settings
    from local.workspace import Workspace

# What `sam build` reads. A change in any of them needs a build.
INPUTS = ("template.yaml", "samconfig.toml", "stacks", "api", "core", "scaling")
ARTIFACTS = f"{STACK}-artifacts"


class Deployment:
    """Build and deploy one stack. `build` may run while the emulator starts."""

    def __init__(self, settings: Settings, workspace: Workspace) -> None:
        self._settings = settings
        self._workspace = workspace
        self._sam = settings.sam_command()
        self._inputs = fingerprint(settings.root, INPUTS, self._sam)

    @property
    def built(self) -> Path:
        """Hold the functions and the template as they are deployed."""
        return self._workspace.build / "app"

    @property
    def _mark(self) -> Path:
        return self._workspace.build / "inputs.sha256"

    def is_built(self) -> bool:
        """Tell whether the last build was made from what lies here now."""
        return (
            (self.built / "template.yaml").is_file()
            and self._mark.is_file()
            and self._mark.read_text() == self._inputs
        )

    def begin_build(self) -> command.Running:
        """Start `sam build`; its result counts only after `finish_build`."""
        self._workspace.build.mkdir(parents=True, exist_ok=True)
        discard(self._mark)
        cache = str(self._workspace.build / "cache")
        return self._begin("build", "--cached", "--parallel", "--cache-dir", cache)

    def finish_build(self, running: command.Running) -> None:
        """Wait for the build and note what it was made from; raises `StartFailed`."""
        running.finish()
        self._mark.write_text(self._inputs)

    def begin_deploy(
        self, bucket: str, stack: str = STACK, parameters: Mapping[str, str] | None = None
    ) -> command.Running:
        """Start `sam deploy` of what was built, its artifacts going through `bucket`."""
        overrides = [f"{name}={value}" for name, value in (parameters or {}).items()]
        return self._begin(
            "deploy",
            *("--template-file", str(self.built / "template.yaml")),
            *("--stack-name", stack, "--region", REGION),
            *(["--parameter-overrides", *overrides] if overrides else []),
            *("--s3-bucket", bucket, "--no-resolve-s3", "--force-upload"),
            *("--capabilities", "CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"),
            *("--no-confirm-changeset", "--no-fail-on-empty-changeset", "--no-progressbar"),
        )

    def _begin(self, verb: str, *arguments: str) -> command.Running:
        words = [self._sam, verb, *arguments]
        if verb == "build":
            words += ["--template-file", str(self._settings.root / "template.yaml")]
            words += ["--build-dir", str(self.built)]
        return command.begin(
            f"sam {verb}",
            words,
            log=self._workspace.logs / f"sam-{verb}.log",
            folder=self._settings.root,
            environment=sam_environment(self._settings),
        )


def sam_environment(settings: Settings) -> dict[str, str]:
    """Return what sam needs: the emulator, a python3.13 with pip, no telemetry.

    The python3.13 beside our own sam has pip, the one that runs this has none.
    """
    folders = [str(Path(program).parent) for program in (settings.sam_command(), sys.executable)]
    return {
        **environment.scrubbed(os.environ),
        **environment.aws_client_environment(settings),
        "PATH": os.pathsep.join([*folders, os.environ.get("PATH", "")]),
        "SAM_CLI_TELEMETRY": "0",
        "SAM_CLI_POLL_DELAY": "0.5",
        "SAM_CLI_CHECK_VERSION": "0",
    }


def fingerprint(root: Path, inputs: tuple[str, ...], *also: str) -> str:
    """Return a hash of the files' names and contents, and of `also`."""
    digest = hashlib.sha256("\0".join(also).encode())
    for path in _files(root, inputs):
        digest.update(f"\0{path.relative_to(root)}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _files(root: Path, inputs: tuple[str, ...]) -> Iterator[Path]:
    for name in inputs:
        path = root / name
        found = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())
        yield from (p for p in found if "__pycache__" not in p.parts)
