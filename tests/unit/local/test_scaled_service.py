from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from local.scaled_service import ScaledService
from scaling.engine.scaler import Tasks
from spillway.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator


class Ecs:
    """One service, or none."""

    def __init__(self, *services: dict[str, Any]) -> None:
        self.services = list(services)
        self.updates: list[dict[str, Any]] = []

    def describe_services(self, **_asked: Any) -> dict[str, Any]:
        return {"services": self.services}

    def update_service(self, **asked: Any) -> None:
        if not self.services:
            raise ClientError({"Error": {"Code": "ServiceNotFoundException"}}, "UpdateService")
        self.updates.append(asked)


def scaled(ecs: Ecs, said: list[tuple[str, str]]) -> ScaledService:
    @contextmanager
    def because(service: str, reason: str) -> Iterator[None]:
        said.append((service, reason))
        yield

    return ScaledService(ecs, "service/c/s", because)  # type: ignore[arg-type]


def test_a_service_is_counted_and_set_by_its_target_s_id() -> None:
    ecs, said = Ecs({"runningCount": 1, "desiredCount": 2}), list[tuple[str, str]]()
    service = scaled(ecs, said)

    assert service.tasks() == Tasks(running=1, desired=2)
    service.scale(3, "too few")

    assert ecs.updates == [{"cluster": "c", "service": "s", "desiredCount": 3}]
    assert said == [("s", "too few")]


def test_a_service_that_is_gone_is_unavailable() -> None:
    service = scaled(Ecs(), [])

    with pytest.raises(Unavailable):
        service.tasks()
    with pytest.raises(Unavailable):
        service.scale(1, "too few")
