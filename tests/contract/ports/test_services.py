"""The contract of `Services`: counts by model, and a count that one asks for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from spillway.errors import UnknownModel
from spillway.ports import TaskCounts
from tests.contract.ports.implementations import unfit

if TYPE_CHECKING:
    from tests.contract.ports.implementations import Implementation
    from tests.contract.ports.services import ServicesWorld


def test_a_service_without_tasks_has_none(services: ServicesWorld) -> None:
    entry = services.deploy("default")

    assert services.services.counts([entry]) == {entry.model: TaskCounts(0, 0, 0)}


def test_nobody_is_asked_of_no_service(services: ServicesWorld) -> None:
    assert services.services.counts([]) == {}


def test_as_many_tasks_are_desired_as_were_asked_for(services: ServicesWorld) -> None:
    entry, other = services.deploy("default"), services.deploy("another")

    services.services.set_desired(entry, 3)
    services.services.set_desired(entry, 2)

    counts = services.services.counts([entry, other])
    assert (counts[entry.model].desired, counts[other.model].desired) == (2, 0)
    services.services.set_desired(entry, 0)
    assert services.services.counts([entry])[entry.model].desired == 0


def test_more_services_than_one_call_takes_and_in_several_clusters(
    services: ServicesWorld,
) -> None:
    entries = [
        services.deploy(f"m{number}", cluster="one" if number % 2 else "two")
        for number in range(23)
    ]

    assert services.services.counts(entries).keys() == {entry.model for entry in entries}


def test_a_service_that_is_gone_is_left_out(services: ServicesWorld) -> None:
    entry, other = services.deploy("default"), services.deploy("another")
    services.delete(entry)

    assert services.services.counts([entry, other]).keys() == {other.model}


def test_a_service_that_never_was_is_asked_for_nothing(services: ServicesWorld) -> None:
    entry = replace(services.deploy("default"), service="another")

    assert services.services.counts([entry]) == {}
    with pytest.raises(UnknownModel):
        services.services.set_desired(entry, 1)


def test_a_service_that_is_gone_is_asked_for_nothing(
    services: ServicesWorld, implementation: Implementation
) -> None:
    unfit(implementation, "moto", "emulator", "light", reason="they take it back to life")
    entry = services.deploy("default")
    services.delete(entry)

    with pytest.raises(UnknownModel):
        services.services.set_desired(entry, 1)
