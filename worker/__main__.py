"""`python -m worker`: load one model, then drain its queue until told to stop."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from spillway import log
from spillway.aws.aio.clients import clients
from spillway.aws.assembly import now_ms
from spillway.errors import ModelLoadFailed, SettingsError, Unavailable
from worker import startup
from worker.agent import agent
from worker.assembly import assemble, on_aws
from worker.loading import load
from worker.readiness import Readiness
from worker.settings import WorkerSettings
from worker.threads import ModelThread

if TYPE_CHECKING:
    from spillway.aws.aio.clients import Clients
    from worker.loading import Loaded

_LOG = logging.getLogger("worker")

LOADING_MINUTES = 60
"""As long as StartupSeconds can say; from its first receive on, the loop decides."""


def main() -> int:
    """Return the process's exit status: 0 when told to stop, 1 when it can't go on."""
    log.configure()
    try:
        settings = WorkerSettings.read(os.environ)
        log.configure(model=settings.model)
        _protect_loading(settings)
        loaded = load(settings)
    except (SettingsError, ModelLoadFailed) as error:
        _LOG.critical("not ready", extra={"why": str(error)})
        return 1
    _LOG.info(
        "ready", extra={"modelVersion": loaded.manifest.model_version, "ms": loaded.timings_ms}
    )
    startup.report(settings.stack, settings.model, loaded.timings_ms)
    try:
        return asyncio.run(_serve(settings, loaded))
    finally:
        loaded.fetched.close()


def _protect_loading(settings: WorkerSettings) -> None:
    """Or scale-in may take a task that loads for minutes, as one without work.

    Loading goes on where that fails; and if loading fails, the task ends, whatever protects it.
    """
    try:
        agent(settings.agent_uri).protect(LOADING_MINUTES)
    except Unavailable as error:
        _LOG.warning("not protected while loading", extra={"why": str(error)})


async def _serve(settings: WorkerSettings, loaded: Loaded) -> int:
    async with clients() as aws:
        return await _work(settings, loaded, aws)


async def _work(settings: WorkerSettings, loaded: Loaded, aws: Clients) -> int:
    model = ModelThread(loaded.model, slots=settings.concurrency)
    world = on_aws(settings, model, now_ms, aws)
    worker, batcher, tally = assemble(settings, world, model_version=loaded.manifest.model_version)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    stuck = asyncio.create_task(_stop_when(batcher.is_stuck, stop))
    ready = asyncio.create_task(Readiness(Path(settings.ready_file)).keep())
    told = asyncio.create_task(tally.run())
    try:
        await worker.run(stop)
    finally:
        for task in (stuck, ready, told):
            task.cancel()
        await asyncio.gather(stuck, ready, told, return_exceptions=True)
    _LOG.info("stopped")
    status = 1 if batcher.is_stuck.is_set() else 0
    if model.is_busy:
        _end_now(status)
    model.close()
    return status


async def _stop_when(event: asyncio.Event, stop: asyncio.Event) -> None:
    await event.wait()
    _LOG.error("the model goes on after its time-out: this task ends, so that it stops")
    stop.set()


def _end_now(status: int) -> None:
    """Leave without waiting for the model's thread, which no call can stop."""
    sys.stdout.flush()
    os._exit(status)


if __name__ == "__main__":
    sys.exit(main())
