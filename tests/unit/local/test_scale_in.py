from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import pytest

from local import compatibility
from local.protection import Protections
from local.scale_in import RECONCILE, peers, settle, surplus

NOW_S = 1_000.0


def task(number: int, status: str = "RUNNING", service: str = "a") -> dict[str, Any]:
    return {
        "group": f"service:{service}",
        "clusterArn": "cluster",
        "lastStatus": status,
        "createdAt": number,
    }


def service(desired: int, deployments: int = 1) -> dict[str, Any]:
    return {
        "serviceName": "a",
        "clusterArn": "cluster",
        "desiredCount": desired,
        "deployments": [{}] * deployments,
    }


@pytest.fixture
def protections() -> Protections:
    return Protections(lambda: NOW_S)


def test_the_newest_go_first(protections: Protections) -> None:
    tasks = {"old": task(1), "new": task(3), "middle": task(2)}

    assert surplus(service(1), tasks, protections) == ["new", "middle"]


def test_protected_tasks_stay_and_others_go_in_their_place(protections: Protections) -> None:
    tasks = {"old": task(1), "new": task(3), "middle": task(2)}
    protections.set("new", 1)

    assert surplus(service(2), tasks, protections) == ["middle"]
    assert surplus(service(0), tasks, protections) == ["middle", "old"]


def test_what_ended_or_is_another_services_does_not_count(protections: Protections) -> None:
    tasks = {"old": task(1), "gone": task(2, "STOPPED"), "other": task(3, service="b")}

    assert surplus(service(1), tasks, protections) == []


def test_a_deployment_runs_more_than_are_desired(protections: Protections) -> None:
    tasks = {"old": task(1), "new": task(2)}

    assert surplus(service(1, deployments=2), tasks, protections) == []


@pytest.fixture
def ecs(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What MiniStack holds of two services, and which of them were looked at again."""
    seen: list[str] = []
    held: dict[str, Any] = {
        "services.ecs._services": {"c/a": service(1), "c/b": service(1) | {"serviceName": "b"}},
        "services.ecs._tasks": {},
        "core.responses.request_scope": lambda *_owner: nullcontext(),
        RECONCILE: lambda _cluster, key: seen.append(key),
        "seen": seen,
    }
    monkeypatch.setattr(compatibility, "name", held.__getitem__)
    return held


def test_the_peers_of_a_task_are_the_others_of_its_service(ecs: dict[str, Any]) -> None:
    ecs["services.ecs._tasks"] |= {
        "one": task(1),
        "two": task(2),
        "gone": task(3, "STOPPED"),
        "other": task(4, service="b"),
    }

    assert peers("one") == (1, ["two"])
    assert peers("other") == (1, [])
    assert peers("of no service") == (1, [])


def test_a_service_that_fails_keeps_no_other_from_being_scaled_in(
    ecs: dict[str, Any], protections: Protections
) -> None:
    ecs["services.ecs._services"]["c/a"] = {"serviceName": "a", "desiredCount": "many"}
    ecs["services.ecs._tasks"] |= {number: task(number, service="b") for number in (1, 2)}

    (fault,) = settle(protections)

    assert fault.startswith("service c/a is not scaled in: ValueError")
    assert ecs["seen"] == ["c/b"]
