"""A flood of jobs on virtual time: what a design makes of it, by the engine and the real rule.

The scaler looks each minute, and every ten seconds while the model is active; so late is the metric
that the alarms see, and the lag that the engine adds. When it rests is as `scaling.observing` says,
and a wake looks as `scaling.waking` does.
"""

from __future__ import annotations

import math
import random
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from scaling.capacity import Capacity, Limits, Observation, capacity
from scaling.engine.clock import VirtualClock
from scaling.engine.engine import Engine
from scaling.engine.kernel import Kernel
from scaling.engine.metrics import Metric
from scaling.engine.scaler import Tasks
from scaling.waking import LOOKS_AFTER_S, TICKING_MS
from spillway.waking import APART_MS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.policies.designs import Design

WAKE_S = 1.0
"""From the first job to the first look of its wake: generous, docs/capacity.md has it measured."""
APART_S, TICKING_S = APART_MS / 1000, TICKING_MS / 1000
TICK_S, MINUTE_S, POLL_S = 10.0, 60.0, 1.0
UNTIL_S = 3 * 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Flood:
    """So many jobs, evenly within so many seconds, each `job_s` long, while so many tasks run.

    How long they take is known before where the model had jobs before.
    """

    jobs: int
    within_s: float
    job_s: float
    is_known: bool
    running: int
    limits: Limits


@dataclass(frozen=True, slots=True)
class Outcome:
    """Seconds.

    From the flood's first job until a first further task was asked for, until as many as all of it
    needs were, and until those ran; and from a job to its result, the longest of all.
    """

    first_s: float
    asked_s: float
    running_s: float
    delay_s: float


@dataclass(slots=True)
class World:
    """The queue and the tasks, as ECS shows them; a task works on one job at a time."""

    flood: Flood
    kernel: Kernel
    waiting: deque[float] = field(default_factory=deque)
    working: int = 0
    running: int = 0
    desired: int = 0
    asked: dict[int, float] = field(default_factory=dict)
    came: dict[int, float] = field(default_factory=dict)
    done: int = 0
    delay_s: float = 0.0
    seen_at_work_s: float = -math.inf

    def tasks(self) -> Tasks:
        """Return the service's counts."""
        return Tasks(self.running, self.desired)

    def scale(self, desired: int, reason: str) -> None:  # noqa: ARG002 - the engine's port
        """Start what is more; a flood that is being worked off is no time to stop any."""
        for _ in range(self.desired, desired):
            self.kernel.start(self._task(), after_s=self.flood.limits.startup_s)
        self.desired = max(self.desired, desired)
        self.asked.setdefault(self.desired, self.kernel.now_s())

    def begin(self) -> None:
        """Have the tasks that run already."""
        self.desired = self.flood.running
        for _ in range(self.flood.running):
            self.kernel.start(self._task())

    def seen(self) -> Capacity:
        """Return what the scaler makes of it."""
        is_known = self.flood.is_known or self.done
        return self.capacity(len(self.waiting), self.flood.job_s if is_known else None)

    def capacity(self, visible: int, job_s: float | None) -> Capacity:
        """Return what is needed for so many messages beside those in flight."""
        observation = Observation(
            visible=visible,
            in_flight=self.working,
            delayed=0,
            running=self.running,
            pending=self.desired - self.running,
            desired=self.desired,
            seconds_per_job=job_s,
        )
        return capacity(observation, self.flood.limits)

    @property
    def has_work(self) -> bool:
        """Tell whether a job is not done."""
        return bool(self.waiting or self.working)

    @property
    def is_asleep(self) -> bool:
        """Tell whether the scaler says nothing of it."""
        return not (self.has_work or self.desired or self.flood.limits.min_tasks)

    @property
    def is_active(self) -> bool:
        """Tell whether the scaler looks again within the minute."""
        return self.has_work or not self.running == self.desired == self.flood.limits.min_tasks

    @property
    def is_at_rest(self) -> bool:
        """Tell whether a wake looks again."""
        is_watched = self.kernel.now_s() - self.seen_at_work_s < TICKING_S
        stands_ready = self.desired <= self.flood.limits.min_tasks and not is_watched
        return not self.desired or stands_ready

    def _task(self) -> Iterator[float]:
        self.running += 1
        self.came.setdefault(self.running, self.kernel.now_s())
        while True:
            if self.waiting:
                came_s, self.working = self.waiting.popleft(), self.working + 1
                yield self.flood.job_s
                self.working, self.done = self.working - 1, self.done + 1
                self.delay_s = max(self.delay_s, self.kernel.now_s() - came_s)
            else:
                yield POLL_S


def run(design: Design, flood: Flood, seed: int) -> Outcome:
    """Let the flood come, at any moment of the scaler's minute."""
    rng = random.Random(seed)  # noqa: S311 - phases and lags, no secret
    kernel = Kernel(VirtualClock())
    world = World(flood, kernel)
    services = {target.name: world for target in design.plan.targets}
    engine = Engine(design.plan, services, kernel, rng)
    metric = design.plan.triggers[0].alarm.metric
    world.begin()
    engine.start()
    kernel.start(_scaler(world, engine, metric))
    came_s = 10 * MINUTE_S + rng.uniform(0, MINUTE_S)
    kernel.run(came_s)
    needed = world.capacity(flood.jobs, flood.job_s).required_tasks
    kernel.start(_arrivals(world))
    if design.has_wake:
        for wake in range(math.ceil(flood.within_s / APART_S)):
            kernel.start(_wake(world), after_s=WAKE_S + wake * APART_S)
    kernel.run(came_s + flood.within_s)
    while world.has_work and kernel.now_s() < came_s + UNTIL_S:
        kernel.run(kernel.now_s() + TICK_S)
    return Outcome(
        first_s=_first(world.asked, flood.running + 1) - came_s,
        asked_s=_first(world.asked, needed) - came_s,
        running_s=_first(world.came, needed) - came_s,
        delay_s=world.delay_s,
    )


def _scaler(world: World, engine: Engine, metric: Metric) -> Iterator[float]:
    while True:
        left_s = MINUTE_S
        while _tick(world, engine, metric) and left_s > TICK_S:
            left_s -= TICK_S
            yield TICK_S
        yield left_s


def _tick(world: World, engine: Engine, metric: Metric) -> bool:
    """Say what is seen; return whether to look again within the minute."""
    if not world.is_asleep:
        for name, (value, _) in world.seen().metrics().items():
            engine.put(Metric(metric.namespace, name, metric.dimensions), value)
    if world.has_work:
        world.seen_at_work_s = world.kernel.now_s()
    return world.is_active


def _arrivals(world: World) -> Iterator[float]:
    for _ in range(world.flood.jobs):
        world.waiting.append(world.kernel.now_s())
        yield world.flood.within_s / world.flood.jobs


def _wake(world: World) -> Iterator[float]:
    """Do as the wake function does: look once, and again where the model was at rest."""
    looks_after_s = LOOKS_AFTER_S if world.is_at_rest else ()
    _raise(world)
    for pause_s in looks_after_s:
        yield pause_s
        _raise(world)


def _raise(world: World) -> None:
    required = world.seen().required_tasks
    if required > world.desired:
        world.scale(required, "wake")


def _first(times: dict[int, float], tasks: int) -> float:
    """When there were so many for the first time."""
    return min((at_s for count, at_s in times.items() if count >= tasks), default=float("inf"))
