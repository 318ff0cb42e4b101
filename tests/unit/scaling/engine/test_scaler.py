from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from scaling.engine.plan import ScalableTarget
from scaling.engine.scaler import Demand, Scaler
from tests.unit.scaling.engine.samples import (
    BACKLOG,
    FakeService,
    alarm,
    scale_in_policy,
    step_policy,
    surplus_alarm,
    tracking_policy,
)

if TYPE_CHECKING:
    from scaling.engine.tracking import TrackingPolicy

OUT = step_policy((0, 2, 2), (2, 4, 3), (4, None, 10), cooldown_s=300)
IN = scale_in_policy(cooldown_s=120)


def more(value: float) -> Demand:
    return Demand(alarm(), OUT, [value])


def less(value: float) -> Demand:
    return Demand(surplus_alarm(), IN, [value])


def tracked(policy: TrackingPolicy, value: float) -> Demand:
    high, low = policy.alarms()
    return Demand(high if value > policy.target_value else low, policy, [value])


def scaler_of(service: FakeService, *tracking: TrackingPolicy, most: int = 20) -> Scaler:
    return Scaler(ScalableTarget("ServiceScaling", 0, most), service, tracking)


def answer(scaler: Scaler, demand: Demand, *others: Demand, now_s: float = 0) -> None:
    scaler.answer(demand, [demand, *others], now_s)


def test_an_activity_says_what_was_changed_and_why() -> None:
    activity = scaler_of(FakeService()).answer(more(1), [more(1)], now_s=7)

    assert activity is not None
    assert (activity.at_s, activity.before, activity.after) == (7, 0, 2)
    assert activity.reason == (
        "TaskShortfallAlarm: TaskShortfall 1 ≥ 1, ScaleOutPolicy asks for 2 tasks"
    )


def test_a_larger_step_in_the_cooldown_is_credited_with_what_is_in_progress() -> None:
    # The example of AWS's page: 2 were added, the next call is for 3, so 1 is.
    service = FakeService()
    scaler = scaler_of(service)
    answer(scaler, more(1), now_s=0)
    service.settle()

    answer(scaler, more(3), now_s=60)

    assert service.desired == 3


def test_the_same_step_in_the_cooldown_adds_nothing_and_after_it_does() -> None:
    service = FakeService()
    scaler = scaler_of(service)
    answer(scaler, more(1), now_s=0)
    service.settle()

    answer(scaler, more(1), now_s=299)
    assert service.desired == 2

    answer(scaler, more(1), now_s=300)
    assert service.desired == 4


def test_tasks_that_have_yet_to_start_are_not_added_to() -> None:
    service = FakeService(running=1, desired=5)

    answer(scaler_of(service), more(3))

    assert service.desired == 5


def test_what_is_removed_is_removed_from_the_tasks_that_run() -> None:
    service = FakeService(running=4, desired=10)

    answer(scaler_of(service), less(2))

    assert service.desired == 2


def test_a_cooldown_blocks_scaling_in() -> None:
    service = FakeService(10, 10)
    scaler = scaler_of(service)
    answer(scaler, less(1), now_s=0)
    service.settle()

    answer(scaler, less(1), now_s=119)
    assert service.desired == 9

    answer(scaler, less(1), now_s=120)
    assert service.desired == 8


def test_scaling_out_ends_the_cooldown_of_scaling_in() -> None:
    service = FakeService(10, 10)
    scaler = scaler_of(service)
    answer(scaler, less(1), now_s=0)
    service.settle()
    answer(scaler, more(1), now_s=1)
    service.settle()

    answer(scaler, less(1), now_s=2)

    assert service.reasons[-1].startswith("TaskSurplusAlarm")
    assert service.desired == 10


def test_after_scaling_in_nothing_is_in_progress_that_could_be_credited() -> None:
    service = FakeService(4, 4)
    scaler = scaler_of(service)
    answer(scaler, more(4), now_s=0)
    service.settle()
    answer(scaler, less(6), now_s=10)
    service.settle()
    assert service.running == 1

    answer(scaler, more(4), now_s=20)

    assert service.desired == 4


def test_tasks_that_are_about_to_stop_are_not_wanted_back_by_scaling_in() -> None:
    service = FakeService(running=5, desired=2)

    answer(scaler_of(service), less(1))

    assert service.desired == 2


def test_a_count_stays_within_the_limits() -> None:
    service = FakeService(3, 3)

    answer(scaler_of(service, most=5), more(9))
    assert service.desired == 5

    service = FakeService(3, 3)
    answer(scaler_of(service), less(9))
    assert service.desired == 0


def test_a_count_set_by_hand_outside_the_limits_returns_in_the_direction_of_a_demand() -> None:
    service = FakeService(30, 30)

    answer(scaler_of(service, most=20), more(1))
    assert service.desired == 30

    answer(scaler_of(service, most=20), less(1))
    assert service.desired == 20


def test_it_scales_in_only_if_all_target_tracking_policies_agree_and_to_the_largest() -> None:
    one, other = tracking_policy(name="One"), tracking_policy(name="Other", target_value=20.0)
    service = FakeService(10, 10)
    scaler = scaler_of(service, one, other)

    answer(scaler, tracked(one, 2))
    assert service.desired == 10

    answer(scaler, tracked(one, 2), tracked(other, 10))
    assert service.desired == 5


def test_a_policy_that_scales_out_holds_those_that_scale_in() -> None:
    one, other = tracking_policy(name="One"), tracking_policy(name="Other")
    service = FakeService(10, 10)
    scaler = scaler_of(service, one, other)

    answer(scaler, tracked(one, 2), tracked(other, 15))
    answer(scaler, less(1), tracked(other, 15))

    assert service.desired == 10


def test_a_step_policy_scales_in_without_target_tracking_s_consent() -> None:
    tracking = tracking_policy()
    service = FakeService(10, 10)

    answer(scaler_of(service, tracking), less(3))

    assert service.desired == 7


def test_target_tracking_from_zero_adds_one_and_waits_for_it() -> None:
    tracking = tracking_policy()
    service = FakeService()
    scaler = scaler_of(service, tracking)

    answer(scaler, tracked(tracking, 500), now_s=0)
    assert service.desired == 1

    answer(scaler, tracked(tracking, 500), now_s=600)
    assert service.desired == 1

    service.settle()
    answer(scaler, tracked(tracking, 50), now_s=1200)
    assert service.desired == 5


def test_in_its_cooldown_target_tracking_lets_a_larger_scale_out_through() -> None:
    tracking = tracking_policy()
    service = FakeService(4, 4)
    scaler = scaler_of(service, tracking)
    answer(scaler, tracked(tracking, 20), now_s=0)
    assert service.desired == 8

    answer(scaler, tracked(tracking, 20), now_s=60)
    assert service.desired == 8

    answer(scaler, tracked(tracking, 30), now_s=120)
    assert service.desired == 12


def test_without_datapoints_nothing_is_scaled() -> None:
    service = FakeService(5, 5)

    answer(scaler_of(service), Demand(alarm(), OUT, []))
    answer(scaler_of(service), Demand(surplus_alarm(), IN, []))

    assert service.desired == 5


TRACKING = tracking_policy(metric=BACKLOG)
demands = st.one_of(
    st.builds(more, st.integers(1, 20)),
    st.builds(less, st.integers(1, 20)),
    st.builds(tracked, st.just(TRACKING), st.one_of(st.floats(0, 8.9), st.floats(10.1, 100))),
)


@given(st.lists(st.tuples(demands, st.integers(0, 200), st.booleans()), max_size=20))
def test_whatever_is_asked_a_count_stays_within_its_limits_and_moves_the_asked_way(
    calls: list[tuple[Demand, int, bool]],
) -> None:
    service = FakeService()
    scaler = scaler_of(service, TRACKING)
    now_s = 0
    for demand, after_s, is_settled in calls:
        now_s += after_s
        running, before = service.running, service.desired
        answer(scaler, demand, now_s=now_s)
        assert 0 <= service.desired <= 20
        if service.desired != before:
            assert (service.desired > before) == (demand.change(running) > 0)
        if is_settled:
            service.settle()
