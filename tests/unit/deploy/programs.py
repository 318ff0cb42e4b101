"""Programs that stand in for sam and docker: they note how they were called."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class Program:
    """An executable that appends its arguments and its stdin to a file, and ends as it is told."""

    def __init__(self, folder: Path, name: str, *, ends: int = 0, says: str = "") -> None:
        self.path = folder / name
        self._calls = folder / f"{name}.calls"
        self.path.write_text(
            "#!/usr/bin/env python3\n"
            "import json, sys\n"
            "given = '' if sys.stdin.isatty() else sys.stdin.read()\n"
            f"with open({str(self._calls)!r}, 'a') as calls:\n"
            "    calls.write(json.dumps([sys.argv[1:], given]) + '\\n')\n"
            f"print({says!r}, file=sys.stderr)\n"
            f"sys.exit({ends})\n"
        )
        self.path.chmod(0o755)

    @property
    def calls(self) -> list[list[str]]:
        return [words for words, _ in self._noted()]

    @property
    def given(self) -> list[str]:
        """What each call read from stdin."""
        return [given for _, given in self._noted()]

    def _noted(self) -> list[tuple[list[str], str]]:
        if not self._calls.exists():
            return []
        return [tuple(json.loads(line)) for line in self._calls.read_text().splitlines()]
