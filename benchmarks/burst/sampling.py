"""What queue and service show each second: the scaler's own look at the model."""

from __future__ import annotations

import time
from itertools import count
from typing import TYPE_CHECKING

from benchmarks.burst.story import Sample
from scaling.capacity import capacity
from scaling.observing import Observer
from spillway.aws.figures import DynamoFigures
from spillway.aws.queue import SqsQueues
from spillway.aws.registry import SsmRegistry
from spillway.aws.services import EcsServices

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from spillway_cli.target import Target

EVERY_S = 1.0
SAY_EVERY, SAY_EVERY_IDLE = 10, 60
DONE = "all done; the tasks go in some minutes"
LIMIT_S = 1_800
RESTS = 10
"""So many looks at a model that sleeps again end the demo."""


class Sampler:
    """Looks at one model of a system."""

    def __init__(self, target: Target, model: str) -> None:
        stack = target.stack_name
        self._entry = SsmRegistry(target.aws("ssm"), stack).find(model)
        self._observer = Observer(
            queues=SqsQueues(target.aws("sqs"), stack),
            services=EcsServices(target.aws("ecs")),
            figures=DynamoFigures(target.aws("dynamodb"), target.output("JobsTable")),
        )

    def sample(self) -> Sample | None:
        """Look once; None where something was not answered. Times are epoch seconds."""
        at_s = time.time()
        for seen in self._observer.observe([self._entry], now_ms=int(at_s * 1000)):
            found = seen.observation
            return Sample(
                at_s=at_s,
                waiting=found.visible + found.delayed,
                in_flight=found.in_flight,
                desired=found.desired,
                running=found.running,
                estimated_delay_s=capacity(found, seen.limits).estimated_delay_s,
            )
        return None


def followed(
    sampler: Sampler,
    *,
    news: Callable[[], Sequence[str]],
    tell: Callable[[str], None],
    until: Callable[[], bool],
) -> Sequence[Sample]:
    """Look each second until `until` holds and the model, having worked, sleeps for a while.

    Ends after half an hour whatever is seen. `news` and some of the samples are told meanwhile,
    fewer of them once all is done.
    """
    samples: list[Sample] = []
    began_s, is_done = time.monotonic(), False
    for tick in count(1):
        if sample := sampler.sample():
            samples.append(sample)
        for line in [*news(), *([progress(sample)] if sample and _is_told(tick, is_done) else [])]:
            tell(f"  {line}")
        if not is_done and until() and _is_done(samples):
            is_done = True
            tell(DONE)
        gone_s = time.monotonic() - began_s
        if (is_done and _is_over(samples)) or gone_s > LIMIT_S:
            break
        time.sleep(max(0.0, tick * EVERY_S - gone_s))
    return samples


def progress(sample: Sample) -> str:
    """A sample in a line, for who looks on."""
    return (
        f"{sample.waiting:5} waiting, {sample.in_flight:3} in flight, "
        f"{sample.running:3} of {sample.desired} tasks run"
    )


def _is_told(tick: int, is_done: bool) -> bool:
    return tick % (SAY_EVERY_IDLE if is_done else SAY_EVERY) == 0


def _is_done(samples: Sequence[Sample]) -> bool:
    has_run = any(sample.running for sample in samples)
    return has_run and not (samples[-1].waiting or samples[-1].in_flight)


def _is_over(samples: Sequence[Sample]) -> bool:
    return all(sample.is_asleep for sample in samples[-RESTS:])
