"""The models that there are, how much waits for each, and the tasks that work on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spillway.errors import Unavailable
from spillway.lookup import depth_of
from spillway.measuring import measured
from spillway.view import instant

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from spillway.live import Decision, LiveFigures, TasksSeen
    from spillway.ports import Figures, ModelEntry, Queues, Registry


def catalog_document(registry: Registry, queues: Queues, figures: Figures) -> dict[str, Any]:
    """The document of `GET /v1/models`; what can't be asked leaves what it would tell out."""
    entries = registry.models()
    live = _read(figures, [entry.model for entry in entries])
    return {"models": [_model(entry, queues, live.get(entry.model)) for entry in entries]}


def _read(figures: Figures, models: Sequence[str]) -> Mapping[str, LiveFigures]:
    try:
        return figures.read(models)
    except Unavailable:
        return {}


def _model(entry: ModelEntry, queues: Queues, live: LiveFigures | None) -> dict[str, Any]:
    return {
        "model": entry.model,
        "maxTasks": entry.max_tasks,
        "maxAttempts": entry.max_attempts,
        "leaseSeconds": entry.lease_s,
        **_counts(entry.model, queues),
        **({} if live is None else _live(live)),
    }


def _counts(model: str, queues: Queues) -> dict[str, int]:
    depth = depth_of(model, queues)
    if depth is None:
        return {}
    return {"backlog": depth.visible + depth.delayed, "inFlight": depth.in_flight}


def _live(live: LiveFigures) -> dict[str, Any]:
    """What was never observed, or measured, is left out; decisions stand the newest first."""
    known = measured(live)
    shown = {
        "tasks": None if live.tasks is None else _tasks(live.tasks),
        "secondsPerJob": None if known is None else known.us_per_job / 1e6,
        "decisions": [_decision(each) for each in reversed(live.decisions)],
    }
    return {name: value for name, value in shown.items() if value is not None}


def _tasks(tasks: TasksSeen) -> dict[str, Any]:
    return {
        "running": tasks.running,
        "pending": tasks.pending,
        "desired": tasks.desired,
        "required": tasks.required,
        "observedAt": instant(tasks.at_ms),
    }


def _decision(decision: Decision) -> dict[str, Any]:
    return {
        "at": instant(decision.at_ms),
        "from": decision.before,
        "to": decision.after,
        "reason": decision.reason,
    }
