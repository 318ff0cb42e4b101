from __future__ import annotations

import io
import json
import logging
from typing import TYPE_CHECKING, Any

import pytest

from spillway.log import JsonFormatter
from tests.unit.api.system import System

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def system(monkeypatch: pytest.MonkeyPatch) -> System:
    return System(monkeypatch)


@pytest.fixture
def logged() -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """The lines that Spillway logs meanwhile, parsed."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter({}))
    ours, root = logging.getLogger("spillway"), logging.getLogger()
    before, level = root.handlers[:], root.level
    ours.addHandler(handler)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    ours.removeHandler(handler)
    root.handlers[:] = before
    root.setLevel(level)
