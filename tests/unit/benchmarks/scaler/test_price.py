"""What the scaler costs, and which limits its ticks meet."""

from __future__ import annotations

import pytest

from benchmarks.scaler.price import HOURS, most_models, usd_month


def test_a_sleeping_model_has_no_metrics_to_pay() -> None:
    assert usd_month(models=10, hours=0, mib=256)["metrics"] == 0


@pytest.mark.parametrize("part", ["Lambda", "SQS", "DynamoDB", "metrics"])
def test_work_costs_more_than_sleep(part: str) -> None:
    asleep, at_work = (usd_month(models=10, hours=hours, mib=256)[part] for hours in (0, HOURS))

    assert at_work > asleep


def test_all_is_the_sum_of_its_parts() -> None:
    cost = dict(usd_month(models=10, hours=50, mib=256))

    assert cost.pop("all") == pytest.approx(sum(cost.values()))


def test_a_model_that_is_always_at_work_pays_its_ten_metrics_in_full() -> None:
    one, two = (usd_month(models=models, hours=HOURS, mib=256)["metrics"] for models in (1, 2))

    assert two - one == pytest.approx(3.0)


def test_services_are_described_ten_a_call_and_twenty_calls_a_second() -> None:
    assert most_models() == 2_000
