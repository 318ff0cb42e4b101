"""From a model's URI to a model that has answered: nothing is received before."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from spillway.errors import InferenceError, ModelLoadFailed
from worker import runtimes
from worker.model.fetch import CONNECTIONS, fetch
from worker.model.source import open_source
from worker.runtimes import answers

if TYPE_CHECKING:
    from worker.model.manifest import Manifest
    from worker.runtimes import Model
    from worker.settings import WorkerSettings


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model that is ready, and what making it so took: `timings_ms` by part."""

    model: Model
    manifest: Manifest
    timings_ms: dict[str, int]


def load(settings: WorkerSettings) -> Loaded:
    """Fetch, verify, load and probe the model.

    Raises:
        ModelLoadFailed: any of it failed; the task must end, so that no job is spent on it.

    """
    source = open_source(settings.model_uri, connections=CONNECTIONS)
    fetched = fetch(source, Path(settings.model_dir))
    started = time.monotonic()
    model = runtimes.find(fetched.manifest.runtime).load(fetched.folder, fetched.manifest.options)
    loaded = time.monotonic()
    _probe(model, fetched.manifest)
    return Loaded(
        model,
        fetched.manifest,
        timings_ms={
            "fetch": fetched.fetch_ms,
            "verify": fetched.verify_ms,
            "load": round((loaded - started) * 1000),
            "probe": round((time.monotonic() - loaded) * 1000),
        },
    )


def _probe(model: Model, manifest: Manifest) -> None:
    try:
        answer = answers.ask(model, [manifest.probe])[0]
    except InferenceError as error:
        answer = error
    if isinstance(answer, InferenceError):
        raise ModelLoadFailed(f"the model does not answer its probe: {answer}") from answer
