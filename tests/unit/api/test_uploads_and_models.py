from __future__ import annotations

from typing import TYPE_CHECKING

from spillway.errors import Unavailable
from spillway.live import Decision, TasksSeen
from spillway.ports import ModelEntry
from tests.unit.api.system import NOW_MS

if TYPE_CHECKING:
    import pytest

    from tests.unit.api.system import System


def test_an_upload_has_an_address_for_fifteen_minutes(system: System) -> None:
    reply = system.call("POST", "/uploads")

    assert reply.status == 201
    assert reply.body["payloadUri"].startswith("s3://inputs/uploads/acme/")
    assert reply.body["uploadUrl"].endswith("?put=application/json&expires=900")
    assert reply.body["headers"] == {"Content-Type": "application/json"}
    assert reply.body["expiresAt"] == "2027-01-15T08:15:00.000Z"


def test_each_upload_is_another(system: System) -> None:
    one, two = (system.call("POST", "/uploads").body["payloadUri"] for _ in range(2))

    assert one != two


def test_models_are_listed_with_what_waits_for_them(system: System) -> None:
    system.submitted()
    system.submitted()
    system.queue.receive(limit=1, wait_s=0, lease_s=30)

    reply = system.call("GET", "/models")

    assert reply.status == 200
    assert reply.body == {
        "models": [
            {
                "model": "default",
                "maxTasks": 10,
                "maxAttempts": 4,
                "leaseSeconds": 30,
                "backlog": 1,
                "inFlight": 1,
                "decisions": [],
            }
        ]
    }


def test_a_model_whose_queue_cannot_be_asked_is_listed_without_counts(system: System) -> None:
    system.registry.entries.append(ModelEntry("another", "https://gone", 1, 4, 30, "s3://m/a/"))
    system.queue.is_away = True

    models = system.call("GET", "/models").body["models"]

    assert [model["model"] for model in models] == ["another", "default"]
    assert all("backlog" not in model for model in models)


def test_a_model_is_listed_with_its_tasks_and_what_was_decided(system: System) -> None:
    tasks = TasksSeen(running=1, pending=2, desired=3, required=4, at_ms=NOW_MS)
    system.figures.add("default", busy_ms=5_000, jobs=2)
    system.figures.note("default", tasks=tasks)
    for before, after in ((0, 1), (1, 3)):
        told = Decision(at_ms=NOW_MS + after, before=before, after=after, reason="9 jobs")
        system.figures.decided("default", told)

    (model,) = system.call("GET", "/models").body["models"]

    assert model["tasks"] == {
        "running": 1, "pending": 2, "desired": 3, "required": 4,
        "observedAt": "2027-01-15T08:00:00.000Z",
    }  # fmt: skip
    assert model["secondsPerJob"] == 2.5
    assert model["decisions"] == [
        {"at": "2027-01-15T08:00:00.003Z", "from": 1, "to": 3, "reason": "9 jobs"},
        {"at": "2027-01-15T08:00:00.001Z", "from": 0, "to": 1, "reason": "9 jobs"},
    ]


def test_models_whose_figures_cannot_be_read_are_listed_without_them(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: object) -> None:
        raise Unavailable("dependency-unavailable", "DynamoDB did not answer")

    monkeypatch.setattr(system.figures, "read", refuse)

    (model,) = system.call("GET", "/models").body["models"]

    assert model["backlog"] == 0
    assert not {"tasks", "secondsPerJob", "decisions"} & set(model)


def test_no_model_is_an_empty_list(system: System) -> None:
    system.registry.entries.clear()

    assert system.call("GET", "/models").body == {"models": []}
