"""The answers to each port, and where one of them is known not to do what AWS does."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import pytest

from spillway.aws import light
from spillway.aws.clients import client
from tests.contract.ports.aio import Loop

type Name = Literal["twin", "moto", "emulator", "light", "aio"]

MOTO_RACES = "moto checks a condition and writes in two steps, with no lock around them"


@dataclass(frozen=True)
class Implementation:
    """Which of the answers, and a name that no other test's resources have."""

    name: Name
    unique: str
    closing: ExitStack = field(default_factory=ExitStack)

    @property
    def is_twin(self) -> bool:
        return self.name == "twin"

    @property
    def is_aio(self) -> bool:
        return self.name == "aio"

    @cached_property
    def loop(self) -> Loop:
        """For what is awaited."""
        made = Loop()
        self.closing.callback(made.close)
        return made

    def client(self, service: Literal["dynamodb", "ecs", "lambda", "s3", "sqs", "ssm"]) -> Any:
        made = light.client(service) if self.name == "light" else client(service)
        self.closing.callback(made.close)
        return made


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
