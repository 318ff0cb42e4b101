"""Who is measured, by what is asked of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from benchmarks.serving import ROOT
from benchmarks.worker.contender import SPILLWAY, Contender

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

type Mode = Literal["traffic", "writes"]
"""Queue traffic alone, or each job's claim, result and finish written as well."""

CONTENDERS = "benchmarks.worker.contenders"
LOOP = f"{CONTENDERS}.plain"
PLAIN, BATCHED = "plain loop", "plain loop, batched deletes"
BENCH = ROOT / ".bench" / "bin" / "python"


ALONE: Mapping[Mode, Sequence[Contender]] = {
    "traffic": (
        Contender(SPILLWAY, ("-m", f"{CONTENDERS}.traffic")),
        Contender(PLAIN, ("-m", LOOP)),
        Contender(BATCHED, ("-m", LOOP, "--batched")),
    ),
    "writes": (
        Contender(SPILLWAY, ("-m", "worker")),
        Contender(PLAIN, ("-m", LOOP, "--writes")),
        Contender(BATCHED, ("-m", LOOP, "--writes", "--batched")),
    ),
}


def roster(mode: Mode, only: Sequence[str], *, slots: int | None) -> list[Contender]:
    """All, or those whose titles begin with one of these words.

    `slots` is how many jobs may wait at once; None where they compute, and each worker's own
    number is best. Peers keep no jobs' table: they are measured by their queue traffic.
    """
    everyone = [*ALONE[mode], *(peers(slots) if mode == "traffic" else ())]
    if not only:
        return everyone
    return [one for one in everyone if one.title.startswith(tuple(only))]


def peers(slots: int | None) -> list[Contender]:
    """The other workers, each as its own guide starts it, and with what made it quickest."""
    return [
        _celery("solo", "-c", "1"),
        _celery("prefork", "-c", str(slots or 2)),
        _celery("threads", "-c", str(slots or 8)),
        _dramatiq("dramatiq_sqs", "-t", str(slots or 8)),
        _taskiq("taskiq-aio-sqs", "--max-async-tasks", str(slots or 100)),
        _taskiq("taskiq-sqs", "--max-async-tasks", str(slots or 100)),
    ]


def _celery(pool: str, *options: str) -> Contender:
    module = f"{CONTENDERS}.celery_app"
    words = ("-m", "celery", "-A", module, "worker", "-P", pool, "-l", "WARNING", *options)
    return Contender(f"celery, {pool}", words, producer=module, python=BENCH)


def _dramatiq(title: str, *options: str) -> Contender:
    module = f"{CONTENDERS}.dramatiq_app"
    words = ("-m", "dramatiq", module, "-p", "1", *options)
    return Contender(title, words, producer=module, python=BENCH)


def _taskiq(package: str, *options: str) -> Contender:
    module = f"{CONTENDERS}.taskiq_app"
    words = ("-m", "taskiq", "worker", f"{module}:broker", "-w", "1", "--log-level", "WARNING")
    return Contender(
        package,
        (*words, *options),
        producer=module,
        python=BENCH,
        environment={"BROKER": package},
    )
