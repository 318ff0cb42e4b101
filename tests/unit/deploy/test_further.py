"""What a further model may be called."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from deploy import further
from deploy.console import Console
from deploy.failure import DeployFailed
from deploy.further import ModelDeploy, Order, stack_name
from tests.template.documents import MODEL, ROOT, load

if TYPE_CHECKING:
    from deploy.account import Account


@pytest.mark.parametrize("name", ["", "Shout", "-a", "a_b", "a" * 40, "a b"])
def test_a_name_that_the_template_would_refuse_is_refused_at_once(
    account: Account, name: str
) -> None:
    with pytest.raises(DeployFailed, match="NAME="):
        ModelDeploy(Order(ROOT, "mine", name), account, Console())


def test_the_rule_is_the_templates() -> None:
    pattern = load(MODEL)["Parameters"]["ModelName"]["AllowedPattern"]

    assert pattern == f"^{further.NAME.pattern}$"


def test_the_default_model_is_the_cores(account: Account) -> None:
    with pytest.raises(DeployFailed, match="make deploy MODEL=<folder>"):
        ModelDeploy(Order(ROOT, "mine", "default"), account, Console())


def test_a_core_that_is_not_there_is_told(account: Account) -> None:
    with pytest.raises(DeployFailed, match="no core stack mine: `make deploy` makes it first"):
        ModelDeploy(Order(ROOT, "mine", "shout"), account, Console()).run()


def test_a_models_stack_is_named_after_both() -> None:
    assert re.fullmatch(r"[A-Za-z][A-Za-z0-9-]{0,127}", stack_name("a" * 36, "b" * 39))
    assert stack_name("spillway", "shout") == "spillway-model-shout"
