"""Destinations as moto and the emulator have them, and the functions on the emulator."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.contract.delivery.account import Account
from tests.contract.ports.conftest import (
    aws_environment,
    emulator_url,
    on_emulator,
    on_moto,
    session,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["aws_environment", "emulator_url", "on_emulator", "on_moto", "session"]


@pytest.fixture(params=["moto", "emulator"])
def account(request: pytest.FixtureRequest) -> Iterator[Account]:
    implementation = request.getfixturevalue(f"on_{request.param}")
    with implementation.closing:
        yield Account(implementation)
