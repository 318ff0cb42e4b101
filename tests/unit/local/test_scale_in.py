from __future__ import annotations

from typing import Any

import pytest

from local.protection import Protections
from local.scale_in import surplus

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
