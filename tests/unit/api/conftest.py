from __future__ import annotations

import pytest

from tests.unit.api.system import System


@pytest.fixture
def system(monkeypatch: pytest.MonkeyPatch) -> System:
    return System(monkeypatch)
