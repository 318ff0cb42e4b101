"""The kernel's processes: each alarm is evaluated in its own rhythm, and invokes its policies."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from scaling.engine.alarms import MINUTE_S, State
from scaling.engine.metrics import OWN_LAG, VENDED_LAG, Lag, Metrics, Sample
from scaling.engine.scaler import Demand, Scaler
from scaling.engine.watch import Watch
from spillway.errors import Unavailable

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator, Mapping, Sequence

    from scaling.engine.kernel import Kernel
    from scaling.engine.metrics import Metric
    from scaling.engine.plan import Plan, Trigger
    from scaling.engine.scaler import Activity, Service

_LOG = logging.getLogger(__name__)

REMEMBERED = 100
"""Activities."""


class Engine:
    """CloudWatch and Application Auto Scaling for one template.

    `services` are the targets' services by the targets' logical ids. All that is by chance, the
    samples' lags and when in its interval an alarm is evaluated, comes from `rng`.
    """

    def __init__(
        self,
        plan: Plan,
        services: Mapping[str, Service],
        kernel: Kernel,
        rng: random.Random,
        *,
        own_lag: Lag = OWN_LAG,
        vended_lag: Lag = VENDED_LAG,
    ) -> None:
        self._kernel = kernel
        self._rng = rng
        self._lags = {False: own_lag, True: vended_lag}
        self._watches = [Watch(trigger) for trigger in plan.triggers]
        self._metrics = Metrics(keep_s=max(map(_looks_back_s, plan.triggers), default=0))
        self._watched = {trigger.alarm.metric for trigger in plan.triggers}
        self._scalers = {
            target.name: Scaler(target, services[target.name], plan.tracking(target.name))
            for target in plan.targets
        }
        self.activities: tuple[Activity, ...] = ()

    def start(self) -> None:
        """Begin to evaluate the alarms, once the kernel runs."""
        for watch in self._watches:
            phase_s = self._rng.uniform(0, watch.trigger.alarm.interval_s)
            self._kernel.start(self._evaluate(watch), after_s=phase_s)

    def put(self, metric: Metric, value: float, *, at_s: float | None = None) -> None:
        """Take a sample, of now unless said otherwise; what no alarm watches is let go."""
        if metric in self._watched:
            now_s = self._kernel.now_s()
            seen_s = now_s + self._lags[metric.is_vended].draw_s(self._rng)
            self._metrics.put(metric, Sample(now_s if at_s is None else at_s, value, seen_s))

    def states(self) -> Mapping[str, State]:
        """Return each alarm's state by its name."""
        return {watch.trigger.alarm.name: watch.state for watch in self._watches}

    def _evaluate(self, watch: Watch) -> Iterator[float]:
        while True:
            if watch.evaluate(self._metrics, self._kernel.now_s()):
                self._invoke(watch)
            yield watch.trigger.alarm.interval_s

    def _invoke(self, watch: Watch) -> None:
        for demand in _demands(watch):
            target = demand.policy.target
            standing = [each for each in self._standing() if each.policy.target == target]
            self._remember(self._answer(demand, standing))

    def _answer(self, demand: Demand, standing: Sequence[Demand]) -> Activity | None:
        """Have the target's scaler answer; what fails is tried again with the alarm's next call."""
        scaler = self._scalers[demand.policy.target]
        try:
            return scaler.answer(demand, standing, self._kernel.now_s())
        except Unavailable as error:
            _LOG.warning("could not scale", extra={"policy": demand.policy.name, "why": str(error)})
            return None

    def _remember(self, activity: Activity | None) -> None:
        if activity is not None:
            self.activities = (*self.activities, activity)[-REMEMBERED:]

    def _standing(self) -> Iterator[Demand]:
        for watch in self._watches:
            if watch.state is State.ALARM:
                yield from _demands(watch)


def _demands(watch: Watch) -> Sequence[Demand]:
    alarm = watch.trigger.alarm
    return [Demand(alarm, policy, watch.datapoints) for policy in watch.trigger.policies]


def _looks_back_s(trigger: Trigger) -> float:
    """Return how old a sample can be that an evaluation still looks at."""
    return trigger.alarm.slots * trigger.alarm.period_s + MINUTE_S
