from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from tests.drill.plan import REPEATED, TENANTS, Kind, Plan
from tests.drill.proof.proof import PADDING, answer_to


def test_a_seed_gives_the_same_plan_again() -> None:
    assert Plan.draw(7, 300) == Plan.draw(7, 300)
    assert Plan.draw(7, 300).orders != Plan.draw(8, 300).orders


@given(seed=st.integers(0, 99), jobs=st.integers(20, 400))
def test_every_tenant_asks_for_every_kind_and_repeats_some(seed: int, jobs: int) -> None:
    plan = Plan.draw(seed, jobs)

    asked = Counter(plan.submissions)
    assert asked.keys() == set(plan.orders)
    assert asked.total() - jobs == round(REPEATED * jobs)
    assert {order.kind for order in plan.orders} == set(Kind)
    assert {order.tenant for order in plan.orders} == set(TENANTS)
    assert len(plan.by_key) == jobs


def test_tenants_use_the_same_keys_and_no_two_payloads_are_alike() -> None:
    plan = Plan.draw(1, 30)

    assert len({order.idempotency_key for order in plan.orders}) == 10
    assert len({answer_to(order.payload)["proof"] for order in plan.orders}) == 30


def test_an_upload_is_not_repeated() -> None:
    asked = Counter(Plan.draw(1, 300).submissions)

    assert {asked[order] for order in asked if order.kind is Kind.UPLOADED} == {1}


def test_a_large_answer_does_not_lie_inline() -> None:
    large = next(order for order in Plan.draw(1, 100).orders if order.kind is Kind.LARGE)

    assert answer_to(large.payload)["padding"] == PADDING
