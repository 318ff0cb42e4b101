"""Runtimes: what loads a model and asks it. A manifest's `runtime` names one of these modules."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

from spillway.errors import InferenceError, ModelLoadFailed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from spillway.strict_json import Json

type Answer = Json | InferenceError
"""What a model says to one payload: a result, or why it has none."""

KNOWN = ("embedding", "http", "python")


class Model(Protocol):
    """A loaded model. One thread at a time calls it, unless the worker's CONCURRENCY says more."""

    def predict(self, payloads: Sequence[Json]) -> Sequence[Answer]:
        """Answer each payload in its place.

        A payload that can't be served is answered by an `InferenceError`, so that its neighbours
        complete; raising fails the batch, whose payloads are then tried one by one. Workers call
        this through `answers.ask`, which checks what comes back.
        """

    def close(self) -> None:
        """Let go of what the model holds."""


class Runtime(Protocol):
    """A module (or any object) that loads models."""

    def load(self, path: Path, options: Mapping[str, Json]) -> Model:
        """Load the model whose files lie in the folder, or raise `ModelLoadFailed`."""


def find(name: str) -> Runtime:
    """Return the runtime of this name. Only then are its libraries imported."""
    if name not in KNOWN:
        raise ModelLoadFailed(f"runtime {name!r} is unknown; known are {', '.join(KNOWN)}")
    try:
        return cast("Runtime", import_module(f"{__name__}.{name}"))
    except ImportError as error:
        raise ModelLoadFailed(f"runtime {name!r} can't be used here: {error}") from error
