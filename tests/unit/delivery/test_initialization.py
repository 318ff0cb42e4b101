"""On Lambda, all that the functions work with is made before the first invocation."""

from __future__ import annotations

import importlib
import logging
from typing import TYPE_CHECKING

import pytest

from delivery import deliver, outbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "k",
    "AWS_SECRET_ACCESS_KEY": "s",
    "AWS_DEFAULT_REGION": "eu-west-1",
    "AWS_LAMBDA_FUNCTION_NAME": "f",
    "AWS_REGION": "eu-west-1",
    "STACK_NAME": "spillway",
    "DELIVERIES_TABLE": "deliveries",
    "DELIVERY_QUEUE_URL": "https://sqs.eu-west-1.amazonaws.com/123456789012/spillway-delivery",
    "RESULT_BUCKET": "results",
    "ALLOWED_DESTINATION_ARNS": "",
    "OWN_ARNS": "",
}


@pytest.fixture
def on_lambda(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    yield
    monkeypatch.undo()
    for module in (deliver, outbox):
        importlib.reload(module)
    root.handlers[:] = before
    root.setLevel(level)


@pytest.mark.usefixtures("on_lambda")
@pytest.mark.parametrize(("module", "name"), [(deliver, "_inbox"), (outbox, "_outbox")])
def test_what_a_function_works_with_is_made_at_its_start(module: ModuleType, name: str) -> None:
    made = getattr(importlib.reload(module), name)

    assert made.cache_info().currsize == 1
