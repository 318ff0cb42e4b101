"""The model on its threads: it is known to be busy even when nobody waits for it any more."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
from typing import TYPE_CHECKING, Any

from spillway import log
from worker.threads import ModelThread

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pytest


class Gated:
    """A model that answers once it is let."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.is_closed = False

    def predict(self, payloads: Sequence[Any]) -> list[Any]:
        self.gate.wait(10)
        return list(payloads)

    def close(self) -> None:
        self.is_closed = True


def test_what_a_model_logs_is_of_the_job_that_it_runs(caplog: pytest.LogCaptureFixture) -> None:
    class Talkative(Gated):
        def predict(self, payloads: Sequence[Any]) -> list[Any]:
            logging.getLogger("their.model").warning("thinking")
            return list(payloads)

    async def scenario() -> None:
        thread = ModelThread(Talkative(), slots=1)
        with log.context(jobId="j1"):
            await thread([1])
        await thread([2])
        thread.close()

    caplog.handler.setFormatter(log.JsonFormatter({}))
    asyncio.run(scenario())

    first, second = (json.loads(line) for line in caplog.text.splitlines())
    assert first["jobId"] == "j1"
    assert "jobId" not in second


def test_a_model_stays_busy_until_it_has_answered() -> None:
    async def scenario() -> None:
        model = Gated()
        thread = ModelThread(model, slots=1)
        try:
            async with asyncio.timeout(0.05):
                await thread([1])
        except TimeoutError:
            pass
        assert thread.is_busy, "nobody waits, and yet it computes"
        model.gate.set()
        assert await thread([2]) == ["2"]
        assert not thread.is_busy
        thread.close()
        assert model.is_closed

    asyncio.run(scenario())
