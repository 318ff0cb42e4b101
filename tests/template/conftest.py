from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.template.documents import CORE, MODEL, NETWORK, load
from tests.template.resolution import packaged

if TYPE_CHECKING:
    from tests.template.documents import Template


@pytest.fixture(scope="session")
def core() -> Template:
    """template.yaml as it is written."""
    return load(CORE)


@pytest.fixture(scope="session")
def core_transformed(core: Template) -> Template:
    """template.yaml after AWS::Include and the SAM transform."""
    return packaged(core)


@pytest.fixture(scope="session")
def model() -> Template:
    """stacks/model.yaml."""
    return load(MODEL)


@pytest.fixture(scope="session")
def network() -> Template:
    """stacks/network.yaml."""
    return load(NETWORK)
