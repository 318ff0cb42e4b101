"""From a model's URI to a model that has answered: nothing is received before."""

from __future__ import annotations

import re
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from spillway.aws.assembly import now_ms
from spillway.errors import InferenceError, ModelLoadFailed
from worker import runtimes, startup
from worker.model.fetch import fetch
from worker.model.opening import open_source
from worker.runtimes import answers

if TYPE_CHECKING:
    from worker.model.fetch import Fetched
    from worker.model.manifest import Manifest
    from worker.runtimes import Model
    from worker.settings import WorkerSettings

_VERSION = re.compile(r".*/([0-9a-f]{16})/?")
"""A folder that bears its manifest's digest: docs/decisions/0009."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model that is ready, and what making it so took: `timings_ms` by part.

    `fetched` holds the model's files, which the model may have mapped.
    """

    model: Model
    fetched: Fetched
    timings_ms: dict[str, int]

    @property
    def manifest(self) -> Manifest:
        """What the model is."""
        return self.fetched.manifest


def load(settings: WorkerSettings) -> Loaded:
    """Fetch, verify, load and probe the model.

    Raises:
        ModelLoadFailed: any of it failed; the task must end, so that no job is spent on it.

    """
    began = time.monotonic()
    with ThreadPoolExecutor(1, "metadata") as beside:
        before = beside.submit(startup.pulled_ms, settings.metadata_uri, began_ms=now_ms())
        fetched = _fetch(settings)
    started = time.monotonic()
    runtime = runtimes.find(fetched.manifest.runtime)
    model = runtime.load(fetched.folder, fetched.manifest.options)
    loaded = time.monotonic()
    _probe(model, fetched.manifest)
    return Loaded(
        model,
        fetched,
        timings_ms={
            **before.result(),
            "fetch": round((started - began) * 1000) - fetched.verify_ms,
            "verify": fetched.verify_ms,
            "load": round((loaded - started) * 1000),
            "probe": round((time.monotonic() - loaded) * 1000),
        },
    )


def version_in(uri: str) -> str:
    """The digest that a model's folder is named after, empty where it has another name."""
    named = _VERSION.fullmatch(uri)
    return named[1] if named else ""


def _fetch(settings: WorkerSettings) -> Fetched:
    with closing(open_source(settings.model_uri)) as source:
        return fetch(
            source,
            Path(settings.model_dir),
            cache=Path(settings.model_cache) if settings.model_cache else None,
            digest=version_in(settings.model_uri),
        )


def _probe(model: Model, manifest: Manifest) -> None:
    try:
        answer = answers.ask(model, [manifest.probe])[0]
    except InferenceError as error:
        answer = error
    if isinstance(answer, InferenceError):
        raise ModelLoadFailed(f"the model does not answer its probe: {answer}") from answer
