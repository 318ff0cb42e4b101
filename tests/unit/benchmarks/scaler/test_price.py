"""What the scaler costs, and which limits its ticks meet."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from benchmarks.scaler.price import HOURS, LOOK_A_MODEL_S, LOOK_S, look_s, most_models, usd_month

PAGE = (Path(__file__).parents[4] / "docs" / "capacity.md").read_text(encoding="utf-8")
MEASURED = re.findall(r"^\| (\d+)((?: \| \d+\.\d\d){6}) \|$", PAGE, re.MULTILINE)
PRICED = re.findall(r"^\| (\d+) \| (\d+) \| (\d+)((?: \| [\d,]+\.\d\d){6}) \|$", PAGE, re.MULTILINE)


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


def test_a_warm_model_pays_its_metrics_all_month_and_a_call_each_minute() -> None:
    asleep, warm = (usd_month(models=1, hours=0, mib=256, is_warm=warm) for warm in (False, True))

    assert warm["metrics"] == pytest.approx(3.0 + 43_800 * 0.00001)
    assert warm["DynamoDB"] - asleep["DynamoDB"] == pytest.approx(43_800 * 0.625e-6)


@pytest.mark.parametrize("row", PRICED, ids=lambda row: " ".join(row[:3]))
def test_the_page_has_these_prices(row: tuple[str, ...]) -> None:
    models, hours, mib = map(int, row[:3])
    cost = usd_month(models=models, hours=hours, mib=mib)

    assert row[3] == "".join(f" | {usd:,.2f}" for usd in cost.values())


@pytest.mark.parametrize("row", MEASURED, ids=lambda row: row[0])
def test_a_look_is_taken_to_last_what_was_measured(row: tuple[str, str]) -> None:
    models = int(row[0])
    registry_s, _, _, _, small_s, large_s = map(float, row[1].split(" | ")[1:])
    tick_s = small_s if models <= 10 else large_s

    assert look_s(models) == pytest.approx(registry_s + tick_s, rel=0.25)


def test_the_page_is_read() -> None:
    assert (len(MEASURED), len(PRICED)) == (4, 9)
    assert f"{LOOK_S} s and {LOOK_A_MODEL_S} s for each model" in PAGE


def test_services_are_described_ten_a_call_and_twenty_calls_a_second() -> None:
    assert most_models() == 2_000
