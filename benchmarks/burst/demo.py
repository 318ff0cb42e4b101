"""The demo from its start to its end: a system, a model that sleeps, the jobs, and what became."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks import system
from benchmarks.burst import model
from benchmarks.burst.load import Load
from benchmarks.burst.sampling import Sampler, followed
from benchmarks.burst.story import DONE, Decision, Story

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from benchmarks.burst.load import Answer
    from benchmarks.burst.story import Life, Sample
    from benchmarks.system import System
    from spillway_cli.target import Target

    type Tell = Callable[[str], None]

PATIENCE_S = 120.0
"""A call may be sent again so long: a small machine has other things to do."""
LASTS = "this takes about ten minutes with 500 jobs, most of it until no task is left"
BEFORE_S = 3.0
"""So long the model is seen to sleep."""


@dataclass(frozen=True, slots=True)
class Burst:
    """How many jobs, how many seconds each, and what the model's operator asks for."""

    jobs: int
    job_s: float
    target_s: int
    startup_s: int
    max_tasks: int

    @property
    def parameters(self) -> dict[str, str]:
        """The parameters of the model's stack that are not the defaults."""
        return {
            "TargetLatencySeconds": str(self.target_s),
            "StartupSeconds": str(self.startup_s),
            "MaxTasks": str(self.max_tasks),
            "MaxBatch": "1",
            "IdleMinutes": "1",
        }


@dataclass(frozen=True, slots=True)
class Outcome:
    """The story, and each thing that should not have happened."""

    story: Story
    faults: Sequence[str]


def run(burst: Burst, folder: Path, tell: Tell) -> Outcome:
    """Run it on a system in a folder of its own.

    Raises:
        SystemExit: the system or the model's stack could not be made, or took no job.

    """
    built = model.build(folder / "model", burst.job_s)
    tell(LASTS)
    tell(f"a system of its own starts in {folder}")
    with system.running(folder, model=built) as running:
        model.deploy(running.target, built, burst.parameters)
        running.news()
        tell(f"the model {model.NAME} sleeps; now come {burst.jobs} jobs of {burst.job_s:g} s")
        samples, lives = _observed(burst, running, tell)
        dead = _dead_letters(running.target)
    accepted = [life for life in lives if life is not None]
    if not accepted:
        raise SystemExit("no job was accepted")
    decisions = (Decision.of(model.NAME, line.at_s, line.text) for line in running.said)
    story = Story.of(samples, accepted, filter(None, decisions))
    return Outcome(story, list(faults(burst.jobs, story, dead)))


def faults(jobs: int, story: Story, dead_letters: int) -> Iterator[str]:
    """Each way in which the burst was not met."""
    if missing := jobs - len(story.lives):
        yield f"{missing} of {jobs} jobs were never accepted"
    if lost := sum(life.end != DONE for life in story.lives):
        yield f"{lost} of {len(story.lives)} accepted jobs were not answered with their result"
    if dead_letters:
        yield f"{dead_letters} messages are in the dead-letter queue"
    if story.asleep_s is None:
        yield "the model did not go back to sleep"


def _observed(
    burst: Burst, running: System, tell: Tell
) -> tuple[Sequence[Sample], Sequence[Life | None]]:
    sampler = Sampler(running.target, model.NAME)
    patient = running.target.client(patience_s=PATIENCE_S)
    with patient as client, ThreadPoolExecutor(1) as pool:
        load = Load(client, burst.jobs)
        try:
            answers = pool.submit(_submitted, load)
            samples = followed(sampler, news=running.news, tell=tell, until=answers.done)
        except KeyboardInterrupt:
            tell("\nstopping: the tasks end what they run")
            raise
        finally:
            load.stop()
        return samples, load.lives(answers.result())


def _submitted(load: Load) -> Sequence[Answer]:
    time.sleep(BEFORE_S)
    return load.submit()


def _dead_letters(target: Target) -> int:
    sqs = target.aws("sqs")
    url = sqs.get_queue_url(QueueName=f"{target.stack_name}_{model.NAME}_dlq")["QueueUrl"]
    name = "ApproximateNumberOfMessages"
    got = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])
    return int(got["Attributes"][name])
