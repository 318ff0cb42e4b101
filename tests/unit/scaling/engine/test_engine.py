"""The whole engine on virtual time."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from scaling.engine.alarms import State
from scaling.engine.clock import VirtualClock
from scaling.engine.engine import Engine
from scaling.engine.kernel import Kernel
from scaling.engine.metrics import NO_LAG, Lag, Metric
from scaling.engine.plan import Plan, ScalableTarget, Trigger
from scaling.engine.step import AdjustmentType
from spillway.errors import Unavailable
from tests.unit.scaling.engine.samples import (
    BACKLOG,
    SHORTFALL,
    SURPLUS,
    FakeService,
    alarm,
    scale_in_policy,
    step_policy,
    surplus_alarm,
    tracking_policy,
)

if TYPE_CHECKING:
    from collections.abc import Iterator


TARGET = ScalableTarget("ServiceScaling", 0, 100)
EACH_TASK = [(float(each), float(each + 1), each + 1) for each in range(19)]
OUT = step_policy(*EACH_TASK, (19.0, None, 20), cooldown_s=0)
IN = scale_in_policy(cooldown_s=0)
STEPS = Plan((TARGET,), (OUT, IN), (Trigger(alarm(), (OUT,)), Trigger(surplus_alarm(), (IN,))))
BACKLOG_POLICY = tracking_policy()
TRACKING = Plan(
    (TARGET,),
    (BACKLOG_POLICY,),
    tuple(Trigger(each, (BACKLOG_POLICY,)) for each in BACKLOG_POLICY.alarms()),
)


@dataclass
class World:
    """An engine, the time it runs on and the service it scales."""

    plan: Plan
    service: FakeService
    seed: int = 1
    lag: Lag = NO_LAG
    others: dict[str, FakeService] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.kernel = Kernel(VirtualClock(1_800_000_000))
        self.begun_s = self.kernel.now_s()
        services = {"ServiceScaling": self.service, **self.others}
        self.engine = Engine(
            self.plan, services, self.kernel, random.Random(self.seed), own_lag=self.lag
        )
        self.engine.start()

    def run(self, for_s: float) -> None:
        self.kernel.run(self.kernel.now_s() + for_s)

    def publish(self, metric: Metric, value: float, every_s: float = 10) -> None:
        def publishing() -> Iterator[float]:
            while True:
                self.engine.put(metric, value)
                yield every_s

        self.kernel.start(publishing())

    def times_s(self) -> list[float]:
        return [each.at_s - self.begun_s for each in self.engine.activities]


def test_one_decision_reaches_the_tasks_that_are_short() -> None:
    world = World(STEPS, FakeService())
    world.engine.put(SHORTFALL, 8)

    world.run(for_s=25)

    assert [(each.before, each.after) for each in world.engine.activities] == [(0, 8)]
    assert world.service.reasons == [each.reason for each in world.engine.activities]


@pytest.mark.parametrize("seed", range(20))
def test_a_shortfall_is_met_within_two_periods_and_the_longest_lag(seed: int) -> None:
    world = World(STEPS, FakeService(), seed=seed, lag=Lag(2, 15))
    world.publish(SHORTFALL, 3)

    world.run(for_s=60)

    assert 2 <= world.times_s()[0] <= 10 + 15 + 10
    assert world.service.desired == 3


def test_a_shortfall_of_running_tasks_is_asked_for_once_while_they_start() -> None:
    world = World(STEPS, FakeService())
    world.publish(SHORTFALL, 8)

    world.run(for_s=600)

    assert world.service.desired == 8


def test_in_alarm_a_policy_is_invoked_once_a_minute() -> None:
    service = FakeService()
    world = World(STEPS, service)
    world.publish(SHORTFALL, 2)
    for _ in range(300):
        world.run(for_s=1)
        service.settle()

    times_s = world.times_s()
    assert len(times_s) == 5
    assert [after - before for before, after in pairwise(times_s)] == [pytest.approx(60)] * 4


def test_a_surplus_is_removed_by_the_minute() -> None:
    service = FakeService(12, 12)
    world = World(STEPS, service)
    world.publish(SURPLUS, 5)

    world.run(for_s=119)

    assert world.service.desired == 7


def test_an_alarm_whose_metric_stops_lacks_data_and_scales_no_more() -> None:
    service = FakeService()
    world = World(STEPS, service)
    world.engine.put(SHORTFALL, 2)
    world.run(for_s=40)
    service.settle()
    world.run(for_s=300)

    assert world.engine.states()["TaskShortfallAlarm"] is State.INSUFFICIENT_DATA
    assert service.desired == 2


def test_target_tracking_scales_out_after_three_minutes_above_its_target() -> None:
    world = World(TRACKING, FakeService(2, 2))
    world.publish(BACKLOG, 30)

    world.run(for_s=600)

    assert 180 <= world.times_s()[0] <= 300
    assert world.engine.activities[0].after == 6


def test_target_tracking_scales_in_after_fifteen_minutes_well_below_it() -> None:
    world = World(TRACKING, FakeService(6, 6))
    world.publish(BACKLOG, 4)

    world.run(for_s=1200)

    assert 900 <= world.times_s()[0] <= 1020
    assert world.engine.activities[0].after == 3


def test_near_its_target_or_without_data_target_tracking_does_nothing() -> None:
    near, silent = World(TRACKING, FakeService(6, 6)), World(TRACKING, FakeService(6, 6))
    near.publish(BACKLOG, 9.5)

    for world in (near, silent):
        world.run(for_s=3600)
        assert not world.engine.activities


def test_the_same_seed_gives_the_same_activities() -> None:
    def activities(seed: int) -> object:
        world = World(STEPS, FakeService(), seed=seed, lag=Lag(2, 15))
        world.publish(SHORTFALL, 3, every_s=7)
        world.run(for_s=600)
        return world.engine.activities

    assert activities(5) == activities(5)
    assert activities(5) != activities(6)


def test_what_a_service_does_not_take_is_tried_again_a_minute_later() -> None:
    class Throttled(FakeService):
        refusals = 1

        def scale(self, desired: int, reason: str) -> None:
            if self.refusals:
                self.refusals -= 1
                raise Unavailable("unavailable", "ECS throttles")
            super().scale(desired, reason)

    world = World(STEPS, Throttled())
    world.publish(SHORTFALL, 4)

    world.run(for_s=100)

    assert world.service.desired == 4
    assert 60 <= world.times_s()[0] <= 90


def test_each_target_has_policies_of_its_own() -> None:
    other_alarm = alarm(name="OtherAlarm", metric=BACKLOG)
    other = step_policy((0, None, 3), name="OtherPolicy", target="OtherScaling")
    plan = Plan(
        (TARGET, ScalableTarget("OtherScaling", 0, 100)),
        (IN, other),
        (Trigger(surplus_alarm(), (IN,)), Trigger(other_alarm, (other,))),
    )
    world = World(plan, FakeService(9, 9), others={"OtherScaling": FakeService()})
    world.publish(SURPLUS, 4)
    world.publish(BACKLOG, 1)

    world.run(for_s=119)

    assert world.service.desired == 5
    assert world.others["OtherScaling"].desired == 3


def test_aws_s_own_metrics_come_later_than_ours() -> None:
    queue = Metric("AWS/SQS", "ApproximateNumberOfMessagesVisible")
    exact = step_policy((0, None, 1), adjustment_type=AdjustmentType.EXACT)
    watched = alarm(metric=queue, period_s=60)
    plan = Plan((TARGET,), (exact,), (Trigger(watched, (exact,)),))
    world = World(plan, FakeService())
    world.publish(queue, 5, every_s=60)

    world.run(for_s=300)

    assert 30 <= world.times_s()[0] <= 60 + 120 + 60


def test_what_no_alarm_watches_is_not_kept() -> None:
    world = World(STEPS, FakeService())

    world.engine.put(Metric("Spillway", "RequiredTasks"), 5)

    assert not world.engine._metrics._samples
