"""The three answers to each port, and where one of them is known not to do what AWS does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pytest

type Name = Literal["twin", "moto", "emulator"]


@dataclass(frozen=True)
class Implementation:
    """Which of the three answers, and a name that no other test's resources have."""

    name: Name
    unique: str

    @property
    def is_twin(self) -> bool:
        return self.name == "twin"


def known_wrong(
    request: pytest.FixtureRequest, implementation: Implementation, *names: Name, reason: str
) -> None:
    """Expect this test to fail on these, and to tell once they are mended."""
    if implementation.name in names:
        request.applymarker(pytest.mark.xfail(strict=True, reason=reason))


def unfit(implementation: Implementation, *names: Name, reason: str) -> None:
    """Skip this test on these, which may or may not do what AWS does."""
    if implementation.name in names:
        pytest.skip(reason)
