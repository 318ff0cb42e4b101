"""The contract of `Registry`: every model that is deployed, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from spillway.aws.clients import client
from spillway.aws.registry import SsmRegistry
from spillway.errors import UnknownModel
from tests.contract.ports.registries import SsmWorld, entry

if TYPE_CHECKING:
    from tests.contract.ports.implementations import Implementation
    from tests.contract.ports.registries import RegistryWorld


def test_a_stack_without_models_has_none(registry: RegistryWorld) -> None:
    assert list(registry.registry.models()) == []


def test_a_model_is_told_as_it_was_announced(registry: RegistryWorld) -> None:
    registry.announce("default")

    assert registry.registry.models() == [entry("default")]


def test_models_come_by_name_however_many_pages_they_fill(registry: RegistryWorld) -> None:
    names = [f"model-{number:02d}" for number in range(23)]
    for name in reversed(names):
        registry.announce(name)

    assert [told.model for told in registry.registry.models()] == names


def test_one_model_is_told_by_its_name(registry: RegistryWorld) -> None:
    registry.announce("default")
    registry.announce("another")

    assert registry.registry.find("another") == entry("another")


def test_a_model_that_nobody_announced_is_unknown(registry: RegistryWorld) -> None:
    registry.announce("default")

    with pytest.raises(UnknownModel):
        registry.registry.find("another")


def test_the_light_client_finds_a_model_too(on_light: Implementation) -> None:
    with on_light.closing:
        SsmWorld(client("ssm"), on_light.unique).announce("default")
        registry = SsmRegistry(on_light.client("ssm"), on_light.unique)

        assert registry.find("default") == entry("default")
        with pytest.raises(UnknownModel):
            registry.find("another")


@pytest.mark.parametrize("text", ["not JSON", "[]", '{"model": "half"}'])
def test_an_entry_that_nobody_can_read_hides_no_other(
    on_emulator: Implementation, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    world = SsmWorld(client("ssm"), on_emulator.unique)
    world.announce("whole")
    name = f"/spillway/{on_emulator.unique}/models/half"
    client("ssm").put_parameter(Name=name, Value=text, Type="String")

    assert [told.model for told in world.registry.models()] == ["whole"]
    assert "entry not readable" in caplog.text


def test_another_stacks_models_are_not_told(on_emulator: Implementation) -> None:
    world = SsmWorld(client("ssm"), on_emulator.unique)
    world.announce("ours")

    world.write(f"{on_emulator.unique}-2", "theirs")
    world.write(f"{on_emulator.unique}/models/nested", "deeper")

    assert [told.model for told in world.registry.models()] == ["ours"]
