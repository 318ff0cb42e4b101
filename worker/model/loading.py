"""From MODEL_URI to a model that has answered its probe: what a worker does before it receives."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spillway.errors import InferenceError, ModelLoadFailed
from worker import runtimes
from worker.model.fetch import CONNECTIONS, fetch
from worker.model.source import open_source
from worker.runtimes import answers

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from spillway.document import Json
    from worker.model.fetch import Fetched
    from worker.model.source import Source
    from worker.runtimes import Answer, Model

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ReadyModel:
    """A model that is loaded and has answered its probe, and the time that each part took."""

    model: Model
    fetched: Fetched
    load_ms: int
    probe_ms: int

    @property
    def version(self) -> str:
        """The manifest's `modelVersion`."""
        return self.fetched.manifest.model_version

    def predict(self, payloads: Sequence[Json]) -> list[Answer]:
        """Answer each payload with a JSON value or an `InferenceError`. Nothing is raised."""
        return answers.ask(self.model, payloads)

    def close(self) -> None:
        """Let go of what the model holds."""
        self.model.close()


def load(uri: str, folder: Path) -> ReadyModel:
    """Fetch, verify, load and probe the model that MODEL_URI names; its files go below `folder`.

    Blocks for as long as that takes; call it in a thread.

    Raises:
        ModelLoadFailed: with the reason. Nothing is left open.

    """
    return load_from(open_source(uri, connections=CONNECTIONS), folder)


def load_from(source: Source, folder: Path) -> ReadyModel:
    """Do as `load` does, from a source."""
    fetched = fetch(source, folder)
    manifest = fetched.manifest
    runtime = runtimes.find(manifest.runtime)
    model, load_ms = _timed(lambda: runtime.load(fetched.folder, manifest.options))
    try:
        _, probe_ms = _timed(lambda: _probe(model, manifest.probe))
    except ModelLoadFailed:
        model.close()
        raise
    ready = ReadyModel(model, fetched, load_ms, probe_ms)
    _log.info(
        "model %s ready: fetched %d bytes in %d ms (hashing %d ms), loaded in %d ms, probe %d ms",
        ready.version,
        fetched.bytes_fetched,
        fetched.fetch_ms,
        fetched.verify_ms,
        load_ms,
        probe_ms,
    )
    return ready


def _probe(model: Model, payload: Json) -> None:
    [answer] = answers.ask(model, [payload])
    if isinstance(answer, InferenceError):
        raise ModelLoadFailed(f"the model failed its manifest's probe: {answer}") from answer


def _timed[T](work: Callable[[], T]) -> tuple[T, int]:
    started = time.monotonic()
    result = work()
    return result, round((time.monotonic() - started) * 1000)
