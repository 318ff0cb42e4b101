"""Any container beside the worker that speaks SageMaker's contract: `/ping` and `/invocations`.

Options: `port` (8080), `timeoutSeconds` for one payload (60), `startupSeconds` until `/ping`
answers 200 (300), `concurrency`, the payloads sent at once (8).
https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html
"""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import urllib3

from spillway.errors import (
    InferenceError,
    InvalidPayload,
    ModelLoadFailed,
    OutOfMemory,
    PredictionFailed,
)
from spillway.strict_json import kind_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from urllib3 import BaseHTTPResponse

    from spillway.strict_json import Json
    from worker.runtimes import Answer

_HOST = "127.0.0.1"
"""Containers of one task share their loopback, so nothing outside it is ever asked."""

_PING_TIMEOUT_S = 2
_PING_PAUSE_S = 0.25
_QUOTED_CHARS = 300
_NOT_THE_PAYLOADS_FAULT = frozenset((401, 403, 404, 405, 408, 409, 421, 424, 425, 429))
"""Answers from 400 to 499 that speak of the side-car's own state, so another try may help."""


@dataclass(frozen=True, slots=True)
class Options:
    """The manifest's options, checked."""

    port: int = 8080
    timeout_s: int = 60
    startup_s: int = 300
    concurrency: int = 8


_LIMITS = {
    "port": ("port", 65_535),
    "timeoutSeconds": ("timeout_s", 43_200),
    "startupSeconds": ("startup_s", 3600),
    "concurrency": ("concurrency", 256),
}


def load(path: Path, options: Mapping[str, Json]) -> HttpModel:
    """Wait for the side-car's `/ping`. It has the model itself: the folder is not used."""
    del path
    chosen = read_options(options)
    timeout = urllib3.Timeout(connect=_PING_TIMEOUT_S, read=chosen.timeout_s)
    pool = urllib3.HTTPConnectionPool(
        _HOST, chosen.port, maxsize=chosen.concurrency, block=True, timeout=timeout, retries=False
    )
    try:
        _wait_until_ready(pool, chosen)
    except ModelLoadFailed:
        pool.close()
        raise
    return HttpModel(pool, chosen)


def read_options(options: Mapping[str, Json]) -> Options:
    """Read the options, or raise `ModelLoadFailed` naming each fault."""
    faults = [f"options.{name}: unknown" for name in options if name not in _LIMITS]
    chosen: dict[str, int] = {}
    for name, (field, most) in _LIMITS.items():
        value = options.get(name)
        if value is None:
            continue
        if not isinstance(value, int) or isinstance(value, bool):
            faults.append(f"options.{name}: expected a whole number, got {kind_of(value)}")
        elif not 1 <= value <= most:
            faults.append(f"options.{name}: expected 1 to {most}, got {value}")
        else:
            chosen[field] = value
    if faults:
        raise ModelLoadFailed("; ".join(faults))
    return Options(**chosen)


def _wait_until_ready(pool: urllib3.HTTPConnectionPool, options: Options) -> None:
    deadline = time.monotonic() + options.startup_s
    while True:
        last = _ping(pool)
        if last is None:
            return
        if time.monotonic() >= deadline:
            raise ModelLoadFailed(
                f"the side-car on port {options.port} did not answer GET /ping with 200 "
                f"within {options.startup_s} s; last: {last}"
            )
        time.sleep(_PING_PAUSE_S)


def _ping(pool: urllib3.HTTPConnectionPool) -> str | None:
    """Return None once the side-car is ready, else why it is not."""
    try:
        answer = pool.request("GET", "/ping", timeout=_PING_TIMEOUT_S, redirect=False)
    except urllib3.exceptions.HTTPError as error:
        return _reason(error)
    return None if answer.status == 200 else f"status {answer.status}"


class HttpModel:
    """The side-car, as a model."""

    def __init__(self, pool: urllib3.HTTPConnectionPool, options: Options) -> None:
        self._pool = pool
        self._options = options
        self._threads = ThreadPoolExecutor(options.concurrency, "invoke")

    def predict(self, payloads: Sequence[Json]) -> list[Answer]:
        """Send each payload as a request of its own, several at once."""
        return list(self._threads.map(self._invoke, payloads))

    def close(self) -> None:
        """Close the connections."""
        self._threads.shutdown()
        self._pool.close()

    def _invoke(self, payload: Json) -> Answer:
        try:
            answer = self._pool.request(
                "POST",
                "/invocations",
                body=json.dumps(payload),
                headers={"content-type": "application/json", "accept": "application/json"},
                redirect=False,
            )
        except urllib3.exceptions.HTTPError as error:
            return PredictionFailed(f"the side-car did not answer: {_reason(error)}")
        return _read(answer)


def _read(answer: BaseHTTPResponse) -> Answer:
    if answer.status == 200:
        try:
            return json.loads(answer.data)
        except (ValueError, RecursionError):
            return PredictionFailed(f"the side-car's answer is not JSON: {_quoted(answer)}")
    return _kind_for(answer.status)(f"the side-car answered {answer.status}: {_quoted(answer)}")


def _kind_for(status: int) -> type[InferenceError]:
    """Who is to blame: 507 is what SageMaker's containers say when memory runs out."""
    if status == 507:
        return OutOfMemory
    if 400 <= status < 500 and status not in _NOT_THE_PAYLOADS_FAULT:
        return InvalidPayload
    return PredictionFailed


def _quoted(answer: BaseHTTPResponse) -> str:
    """The body's start, for an error's message."""
    text = answer.data.decode(errors="replace").strip()
    return text if len(text) <= _QUOTED_CHARS else f"{text[:_QUOTED_CHARS]}…"


def _reason(error: urllib3.exceptions.HTTPError) -> str:
    """Without the connection object that urllib3 puts in front."""
    return str(error).rpartition(": ")[2] or type(error).__name__
