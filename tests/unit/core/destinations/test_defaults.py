from __future__ import annotations

import pytest

from spillway.destinations.defaults import AGE_MS, DefaultDestinations
from spillway.destinations.destination import Destination
from spillway.errors import Unavailable
from spillway.memory import MemoryTenantDestinations
from tests.unit.core.jobs import NOW_MS

HOOK = Destination("webhook", "https://example.com/hook")
TOPIC = Destination("sns", "arn:aws:sns:eu-central-1:123456789012:done")


class Counted(MemoryTenantDestinations):
    """A twin that counts what it is asked, and may be away."""

    asked = 0
    is_away = False

    def get(self, tenant: str) -> tuple[Destination, ...]:
        self.asked += 1
        if self.is_away:
            raise Unavailable("dependency-unavailable", "DynamoDB did not answer", retry_after_s=5)
        return super().get(tenant)


class Desk:
    """The defaults, on virtual time."""

    def __init__(self) -> None:
        self.now_ms = NOW_MS
        self.stored = Counted()
        self.defaults = DefaultDestinations(self.stored, lambda: self.now_ms)


def test_a_tenant_has_its_own_and_no_other_has() -> None:
    desk = Desk()
    desk.stored.set("acme", [HOOK, TOPIC])

    assert desk.defaults.of("acme") == (HOOK, TOPIC)
    assert desk.defaults.of("globex") == ()


@pytest.mark.parametrize("before", [(), (HOOK,)])
def test_what_was_read_is_believed_for_a_minute_none_too(before: tuple[Destination, ...]) -> None:
    desk = Desk()
    desk.stored.set("acme", before)
    desk.defaults.of("acme")
    desk.stored.set("acme", [TOPIC])

    desk.now_ms += AGE_MS - 1
    assert desk.defaults.of("acme") == before
    assert desk.stored.asked == 1

    desk.now_ms += 1
    assert desk.defaults.of("acme") == (TOPIC,)
    assert desk.stored.asked == 2


def test_what_cannot_be_read_is_not_taken_for_none() -> None:
    desk = Desk()
    desk.stored.set("acme", [HOOK])
    desk.stored.is_away = True

    with pytest.raises(Unavailable):
        desk.defaults.of("acme")

    desk.stored.is_away = False
    assert desk.defaults.of("acme") == (HOOK,)
