"""Other programs that a deploy runs, sam and docker, each with a log of its own."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploy.failure import DeployFailed
from tools.tail import telling

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@dataclass(frozen=True)
class Commands:
    """Runs programs in `folder`; what they write goes to `logs`, `<title>.log` each."""

    folder: Path
    logs: Path

    def run(self, title: str, words: Sequence[str], *, given: str = "") -> None:
        """Run a program to its end, `given` on its stdin; raise `DeployFailed` if it fails."""
        self.logs.mkdir(parents=True, exist_ok=True)
        log = self.logs / f"{title.replace(' ', '-')}.log"
        with log.open("wb") as output:
            ended = _started(
                words, cwd=self.folder, input=given.encode(), stdout=output, stderr=output
            )
        if ended.returncode != 0:
            why = f"{title} failed (exit code {ended.returncode})"
            raise DeployFailed(why, excerpt=telling(log), log=log)

    def show(self, title: str, words: Sequence[str]) -> None:
        """Run a program that speaks with the operator, on this very terminal."""
        ended = _started(words, cwd=self.folder)
        if ended.returncode != 0:
            raise DeployFailed(f"{title} failed (exit code {ended.returncode})")


def _started(words: Sequence[str], **options: object) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(words, check=False, **options)  # type: ignore[call-overload, no-any-return]  # noqa: S603 - ours
    except FileNotFoundError:
        raise DeployFailed(f"{words[0]} is missing: it is not on PATH") from None
