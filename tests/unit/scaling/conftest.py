from __future__ import annotations

import pytest

from tests.unit.scaling.fleet import Fleet


@pytest.fixture
def fleet() -> Fleet:
    return Fleet()
