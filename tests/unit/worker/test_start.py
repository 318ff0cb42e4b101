"""What a worker does before its model is loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import worker.__main__ as start
from spillway.errors import ModelLoadFailed, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable

ENVIRONMENT = {
    "MODEL": "default",
    "MODEL_URI": "s3://models/default/",
    "QUEUE_URL": "https://sqs/q",
    "DEAD_LETTER_QUEUE_URL": "https://sqs/dlq",
    "JOBS_TABLE": "jobs",
    "INPUT_BUCKET": "inputs",
    "RESULT_BUCKET": "results",
    "ECS_AGENT_URI": "http://169.254.170.2/api/1",
}


@pytest.fixture
def happened(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """A worker whose model can't be loaded, and what it did until then."""
    told: list[Any] = []

    def load(_: object) -> None:
        told.append("load")
        raise ModelLoadFailed("no such model")

    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(start, "load", load)
    monkeypatch.setattr("spillway.log.configure", lambda **_: None)
    return told


def answering(protect: Callable[[int | None], None]) -> Callable[[str], object]:
    return lambda _: type("Agent", (), {"protect": staticmethod(protect)})()


def test_a_task_is_protected_while_its_model_is_loaded(
    happened: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(start, "agent", answering(happened.append))

    assert start.main() == 1
    assert happened == [60, "load"]


def test_a_task_that_could_not_be_protected_loads_all_the_same(
    happened: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: int | None) -> None:
        raise Unavailable("dependency-unavailable", "ECS's agent: DEPLOYMENT_BLOCKED")

    monkeypatch.setattr(start, "agent", answering(refuse))

    assert start.main() == 1
    assert happened == ["load"]
