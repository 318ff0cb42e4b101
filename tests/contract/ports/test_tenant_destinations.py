"""The contract of `TenantDestinations`: what was set last counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spillway.destinations.destination import Destination
from spillway.event import EventType

if TYPE_CHECKING:
    from spillway.ports import TenantDestinations

HOOK = Destination("webhook", "https://example.com/hooks", (EventType.STARTED, EventType.FAILED))
TOPIC = Destination("sns", "arn:aws:sns:us-east-1:1:jobs", format="sagemaker")
PREFIX = Destination("s3", "s3://theirs/größe/🙂/")


def test_a_tenant_has_none_of_itself(tenant_destinations: TenantDestinations) -> None:
    assert tenant_destinations.get("acme") == ()


def test_they_come_back_as_they_were_set(tenant_destinations: TenantDestinations) -> None:
    tenant_destinations.set("acme", [HOOK, TOPIC, PREFIX])

    assert tenant_destinations.get("acme") == (HOOK, TOPIC, PREFIX)


def test_those_set_last_take_the_place_of_those_before(
    tenant_destinations: TenantDestinations,
) -> None:
    tenant_destinations.set("acme", [HOOK, TOPIC])
    tenant_destinations.set("acme", [PREFIX])

    assert tenant_destinations.get("acme") == (PREFIX,)


def test_none_removes_them(tenant_destinations: TenantDestinations) -> None:
    tenant_destinations.set("acme", [HOOK])

    tenant_destinations.set("acme", [])
    tenant_destinations.set("acme", [])

    assert tenant_destinations.get("acme") == ()


def test_they_are_the_tenants_own(tenant_destinations: TenantDestinations) -> None:
    tenant_destinations.set("acme", [HOOK])
    tenant_destinations.set("acme-2", [TOPIC])

    assert tenant_destinations.get("acme") == (HOOK,)
    assert tenant_destinations.get("acme-2") == (TOPIC,)
    assert tenant_destinations.get("acm") == ()
