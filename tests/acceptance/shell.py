"""A shell in which the installed `spillway` is typed, as a user has it."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from local.environment import ROOT_KEY, ROOT_SECRET

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.acceptance.system import System

BIN = Path(sys.executable).parent
SPILLWAY = BIN / "spillway"
TIMEOUT_S = 120


@dataclass(frozen=True)
class Ran:
    """A command that has ended. Off a terminal nothing may steer one, whatever was run."""

    code: int
    out: str
    err: str

    def __post_init__(self) -> None:
        assert "\x1b" not in self.out + self.err

    @property
    def documents(self) -> list[Any]:
        """What a command with --json has printed."""
        assert self.code == 0, self.err
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass(frozen=True)
class Shell:
    """An environment and a folder. Nothing of the developer's own set-up is in it."""

    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def at(cls, system: System, folder: Path) -> Shell:
        """Return a shell in which the running system is the one that is found."""
        home = {
            "PATH": f"{BIN}:{os.environ['PATH']}",
            "HOME": str(folder),
            "TERM": "xterm-256color",
            "LANG": "C.UTF-8",
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        return cls(folder, home).having(LOCAL_DIR=str(system.folder))

    def having(self, **environment: str) -> Shell:
        """Return the shell with more set."""
        return replace(self, environment={**self.environment, **environment})

    def lacking(self, *names: str) -> Shell:
        """Return the shell with less set."""
        kept = {name: value for name, value in self.environment.items() if name not in names}
        return replace(self, environment=kept)

    def on_aws(self, system: System) -> Shell:
        """Return a shell in which AWS is the emulator, as an account that one has keys of."""
        return self.lacking("LOCAL_DIR").having(
            AWS_ENDPOINT_URL=system.endpoint_url,
            AWS_REGION=system.region,
            AWS_ACCESS_KEY_ID=ROOT_KEY,
            AWS_SECRET_ACCESS_KEY=ROOT_SECRET,
        )

    def spillway(self, *words: str, stdin: str = "") -> Ran:
        """Run the command off a terminal."""
        ran = subprocess.run(
            [SPILLWAY, *words],
            input=stdin,
            capture_output=True,
            text=True,
            cwd=self.folder,
            env=dict(self.environment),
            timeout=TIMEOUT_S,
            check=False,
        )
        return Ran(ran.returncode, ran.stdout, ran.stderr)

    def documents(self, *words: str, stdin: str = "") -> list[Any]:
        """What the command prints with --json."""
        return self.spillway(*words, "--json", stdin=stdin).documents

    def on_terminal(self, *words: str) -> tuple[int, str]:
        """Run the command on a terminal; its exit code, and all that it showed."""
        ours, theirs = pty.openpty()
        process = subprocess.Popen(
            [SPILLWAY, *words],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            cwd=self.folder,
            env=dict(self.environment),
        )
        os.close(theirs)
        shown = b""
        # Linux tells the end of a terminal by an error.
        with os.fdopen(ours, "rb", buffering=0) as terminal, suppress(OSError):
            while read := terminal.read(4096):
                shown += read
        return process.wait(TIMEOUT_S), shown.decode()
