"""The model of a run: each payload says what it does to it, each result whose it is."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Any

from spillway.errors import InferenceError, InvalidPayload, PredictionFailed
from spillway.strict_json import json_text
from tests.simulation.jobs import Kind
from tests.simulation.processes import current

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.simulation.history import History
    from tests.simulation.jobs import JobPlan

PADDING = "x" * 9_000
"""Makes a result too large to lie inline."""


def payload_of(job: JobPlan) -> dict[str, Any]:
    """What the job's caller sends."""
    key = job.key
    return {
        "tenant": key.tenant,
        "job": key.job_id,
        "kind": job.kind.value,
        "number": job.number,
        "seconds": job.runs_s,
    }


def answer_to(payload: dict[str, Any]) -> dict[str, Any]:
    """The right result."""
    answer = {
        "tenant": payload["tenant"],
        "job": payload["job"],
        "square": payload["number"] ** 2,
    }
    return answer | {"padding": PADDING} if payload["kind"] == Kind.LARGE else answer


class Model:
    """Computes for whatever process asks. `computed` counts how often it did, by payload."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._computed: Counter[int] = Counter()
        self._results = 0

    async def __call__(self, payloads: Sequence[Any]) -> Sequence[str | InferenceError]:
        process = current()
        process.check()
        named = " ".join(f"{payload['tenant']}/{payload['job']}" for payload in payloads)
        self._history.note(process.name, "compute", named)
        await asyncio.sleep(max(payload["seconds"] for payload in payloads))
        process.check()
        kinds = {payload["kind"] for payload in payloads}
        if Kind.KILLS in kinds:
            process.die("killed by a payload")
            process.check()
        if Kind.HANGS in kinds:
            await asyncio.get_running_loop().create_future()
        if Kind.RAISES in kinds:
            raise PredictionFailed("poison")
        self._history.note(process.name, "computed", named)
        return [self._answer(payload) for payload in payloads]

    def _answer(self, payload: dict[str, Any]) -> str | InferenceError:
        number = payload["number"]
        self._computed[number] += 1
        if payload["kind"] == Kind.INVALID:
            return InvalidPayload("not for this model")
        if payload["kind"] == Kind.FLAKY and self._computed[number] == 1:
            return PredictionFailed("the first time it always fails")
        self._results += 1
        # No two computations give the same text: it tells by which of them a job succeeded.
        return json_text(answer_to(payload) | {"computation": self._results})
