"""The models that there are, and how much waits for each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spillway.lookup import depth_of

if TYPE_CHECKING:
    from spillway.ports import ModelEntry, Queues, Registry


def catalog_document(registry: Registry, queues: Queues) -> dict[str, Any]:
    """The document of `GET /v1/models`; a queue that can't be asked leaves its counts out."""
    return {"models": [_model(entry, queues) for entry in registry.models()]}


def _model(entry: ModelEntry, queues: Queues) -> dict[str, Any]:
    return {
        "model": entry.model,
        "maxTasks": entry.max_tasks,
        "maxAttempts": entry.max_attempts,
        "leaseSeconds": entry.lease_s,
        **_counts(entry.model, queues),
    }


def _counts(model: str, queues: Queues) -> dict[str, int]:
    depth = depth_of(model, queues)
    if depth is None:
        return {}
    return {"backlog": depth.visible + depth.delayed, "inFlight": depth.in_flight}
