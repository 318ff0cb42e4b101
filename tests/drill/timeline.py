"""All that is known of one job, in its order: its changes, what was logged of it, blows nearby."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from spillway.job import JobKey
    from tests.drill.troublemaker import Blow
    from tests.simulation.history import Change

type Moment = tuple[float, str, str]
"""When (epoch seconds), who, what."""

SHOWN = ("status", "attempt", "after", "error", "why", "receives", "delaySeconds")


def timeline(
    key: JobKey, changes: Sequence[Change], blows: Sequence[Blow], logs: Path
) -> Iterator[str]:
    """The job's lines. The table tells whole seconds, so a change may stand before its cause."""
    own = [(change.at_s, "jobs table", str(change)) for change in changes if change.key == key]
    logged = list(_logged(key, logs))
    tasks = {who for _, who, _ in logged}
    met = [(blow.at_s, blow.task, blow.kind.upper()) for blow in blows if blow.task in tasks]
    for at_s, who, what in sorted([*own, *logged, *met]):
        at = datetime.fromtimestamp(at_s, UTC).strftime("%H:%M:%S.%f")[:-3]
        yield f"{at}  {who[:36]:<36}  {what}"


def _logged(key: JobKey, logs: Path) -> Iterator[Moment]:
    for path in sorted(logs.rglob("*.log")):
        with path.open(encoding="utf-8", errors="replace") as lines:
            yield from moments(path.stem, (line for line in lines if key.job_id in line))


def moments(who: str, lines: Iterable[str]) -> Iterator[Moment]:
    """What structured log lines say; others are no lines of ours."""
    for line in lines:
        try:
            said: dict[str, Any] = json.loads(line)
            at_s = datetime.fromisoformat(said["time"]).timestamp()
        except (ValueError, KeyError, TypeError):
            continue
        told = ", ".join(f"{name} {said[name]}" for name in SHOWN if said.get(name) is not None)
        yield at_s, who, f"{said.get('message')} {told}".strip()
