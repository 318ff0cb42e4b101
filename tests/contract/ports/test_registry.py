"""The contract of `Registry`: every model that is deployed, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spillway.aws.clients import client
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


def test_another_stacks_models_are_not_told(on_emulator: Implementation) -> None:
    world = SsmWorld(client("ssm"), on_emulator.unique)
    world.announce("ours")

    world.write(f"{on_emulator.unique}-2", "theirs")
    world.write(f"{on_emulator.unique}/models/nested", "deeper")

    assert [told.model for told in world.registry.models()] == ["ours"]
