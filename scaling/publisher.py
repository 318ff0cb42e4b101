"""Each minute, and every ten seconds while a model is active: how many tasks each needs.

The same code wakes a model: by an event `{"wake": "<model>"}`, in a function of its own, since the
ticks of a minute must not keep a sleeping model waiting.
"""

from __future__ import annotations

import functools
import logging
import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from scaling import ticking
from scaling.capacity import capacity
from scaling.deciding import change, is_noted, tasks_seen
from scaling.observing import AT_ONCE, Observer
from scaling.recording import record
from scaling.waking import Waker
from spillway import log
from spillway.aws import light
from spillway.aws.assembly import now_ms
from spillway.aws.figures import DynamoFigures
from spillway.aws.metrics import CloudWatchMetrics
from spillway.aws.queue import SqsQueues
from spillway.aws.registry import SsmRegistry
from spillway.aws.services import EcsServices
from spillway.errors import Unavailable
from spillway.ports import Datum
from spillway.settings import FunctionSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from scaling.observing import Seen
    from spillway.ports import Clock, Figures, Metrics, ModelEntry, Registry

LOG = logging.getLogger("spillway.scaling")

LAST_TICK_MS = 54_000
"""The sixth tick is 50 s after the first, before which the registry is read; the next minute's run
has the tick at 60 s."""
RESERVE_MS = 4_000
"""Left of the function's time when the last tick begins."""


def handler(event: Mapping[str, Any], context: Any) -> Mapping[str, int]:  # noqa: ANN401
    """AWS Lambda's entry for both events; answers with what was done."""
    with log.context(requestId=context.aws_request_id):
        if "wake" in event:
            return _waker().wake(event["wake"])
        scaler = _scaler()
        left_ms = context.get_remaining_time_in_millis() - RESERVE_MS
        return scaler.run(until_ms=now_ms() + min(LAST_TICK_MS, left_ms))


@dataclass(frozen=True, slots=True)
class Scaler:
    """Observes all models and tells CloudWatch what each has and lacks. It sets nothing itself."""

    registry: Registry
    observer: Observer
    figures: Figures
    metrics: Metrics
    clock: Clock
    sleep: Callable[[float], None]

    def run(self, *, until_ms: int) -> Mapping[str, int]:
        """Tick while a model is active, at last at `until_ms`; return how often, for how many.

        Raises:
            Unavailable: at the last tick, models were not observed, or it was not told.

        """
        entries = self.registry.models()
        blind: list[str] = []

        def tick() -> bool:
            seen, told = self.tick(entries)
            blind[:] = [entry.model for entry in entries if entry.model not in told]
            return bool(blind) or any(each.is_active for each in seen)

        ticks = ticking.run(tick, clock=self.clock, sleep=self.sleep, until_ms=until_ms)
        LOG.info("observed", extra={"ticks": ticks, "models": len(entries), "blind": blind})
        if blind:
            # The invocation must fail, or its alarm would never see that the scaler is blind.
            raise Unavailable(
                "dependency-unavailable", f"not observed or not told: {', '.join(blind)}"
            )
        return {"ticks": ticks, "models": len(entries)}

    def tick(self, entries: Sequence[ModelEntry]) -> tuple[Sequence[Seen], AbstractSet[str]]:
        """Look once, and tell what is seen; return that, and the models of which all was told.

        Of a model not observed nothing is told: no zero.
        """
        at_ms = self.clock()
        seen = self.observer.observe(entries, now_ms=at_ms)
        if not self._put([each for each in seen if not each.is_asleep], at_ms):
            return seen, frozenset()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            noted = pool.map(lambda each: self._is_noted(each, at_ms), seen)
        return seen, {
            each.entry.model for each, is_noted in zip(seen, noted, strict=True) if is_noted
        }

    def _put(self, seen: Sequence[Seen], at_ms: int) -> bool:
        """Whether it worked: the next tick may do better."""
        data = [datum for each in seen for datum in _data(each)]
        try:
            if data:
                self.metrics.put(data, at_ms=at_ms)
        except Unavailable:
            LOG.exception("not put")
            return False
        return True

    def _is_noted(self, seen: Seen, at_ms: int) -> bool:
        """Whether it worked. What fails for one model is not the others' fault."""
        try:
            self._note(seen, at_ms)
        except Unavailable:
            LOG.exception("not noted", extra={"model": seen.entry.model})
            return False
        return True

    def _note(self, seen: Seen, at_ms: int) -> None:
        model, tasks = seen.entry.model, tasks_seen(seen, at_ms=at_ms)
        if (decision := change(seen, at_ms=at_ms)) is not None:
            record(self.figures, model, decision)
        if seen.observation.work:
            self.figures.note(model, tasks=tasks, work_at_ms=at_ms, measured=seen.measured)
        elif not is_noted(seen, tasks):
            self.figures.note(model, tasks=tasks)


def _data(seen: Seen) -> Iterator[Datum]:
    """A sleeping model has none, and so costs none."""
    model, found = seen.entry.model, seen.observation
    for name, (value, unit) in capacity(found, seen.limits).metrics().items():
        yield Datum(model, name, value, unit)
    yield Datum(model, "RunningTasks", found.running, "Count")
    yield Datum(model, "DesiredTasks", found.desired, "Count")


@functools.cache
def _scaler() -> Scaler:
    from spillway.aws.clients import client  # noqa: PLC0415 - a wake is not to wait for boto3

    log.configure()
    settings = FunctionSettings.read(os.environ)
    figures = DynamoFigures(client("dynamodb", connections=AT_ONCE), settings.jobs_table)
    return Scaler(
        registry=SsmRegistry(client("ssm"), settings.stack),
        observer=Observer(
            queues=SqsQueues(client("sqs", connections=AT_ONCE), settings.stack),
            services=EcsServices(client("ecs", connections=AT_ONCE)),
            figures=figures,
        ),
        figures=figures,
        metrics=CloudWatchMetrics(client("cloudwatch"), settings.stack),
        clock=now_ms,
        sleep=time.sleep,
    )


@functools.cache
def _waker() -> Waker:
    log.configure()
    settings = FunctionSettings.read(os.environ)
    services = EcsServices(light.client("ecs"))
    figures = DynamoFigures(light.client("dynamodb"), settings.jobs_table)
    return Waker(
        registry=SsmRegistry(light.client("ssm"), settings.stack),
        observer=Observer(
            queues=SqsQueues(light.client("sqs"), settings.stack),
            services=services,
            figures=figures,
        ),
        services=services,
        figures=figures,
        clock=now_ms,
        sleep=time.sleep,
    )
