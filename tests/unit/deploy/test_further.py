"""What a further model may be called, and what its deploy decides by itself."""

from __future__ import annotations

import re
from contextlib import nullcontext
from typing import TYPE_CHECKING

import pytest

from deploy import further
from deploy.console import Console
from deploy.failure import DeployFailed
from deploy.further import ModelDeploy, Order, stack_name
from deploy.stacks import Stack
from tests.template.documents import MODEL, ROOT, load

if TYPE_CHECKING:
    from collections.abc import Mapping

    from deploy.account import Account


REFUSED = pytest.raises(DeployFailed, match=r"MinTasks=5 .*MaxTasks=3")


class Stacks:
    """A core, and the stacks of models as they are deployed beside it."""

    def __init__(self) -> None:
        self._parameters: dict[str, Mapping[str, str]] = {"mine": {}}

    def find(self, name: str) -> Stack | None:
        given = self._parameters.get(name)
        if given is None:
            return None
        return Stack(name, name, "UPDATE_COMPLETE", given, {"ModelBucket": "models"})

    settled = find

    def deploy(self, name: str, _template: str, given: Mapping[str, str]) -> bool:
        self._parameters[name] = {**self._parameters.get(name, {}), **given}
        return True


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


def test_a_new_model_begins_with_its_least_tasks_and_then_keeps_those_that_it_has(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    stacks, kept = Stacks(), []
    monkeypatch.setattr(further, "smoke", lambda *_: None)
    for parameters in ({"ModelUri": "s3://elsewhere/shout/"}, {"MaxTasks": "3"}):
        deploy = ModelDeploy(Order(ROOT, "mine", "shout", parameters), account, Console())
        monkeypatch.setattr(deploy, "_stacks", stacks)
        deploy.run()
        kept.append(_found(stacks).parameters["KeepTasks"])

    assert kept == ["no", "yes"]
    assert _found(stacks).parameters["ModelName"] == "shout"


def test_more_tasks_at_least_than_the_most_that_stands_are_refused(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    stacks = Stacks()
    monkeypatch.setattr(further, "smoke", lambda *_: None)
    given = {"ModelUri": "s3://elsewhere/shout/", "MaxTasks": "3"}
    for parameters, refusal in ((given, nullcontext()), ({"MinTasks": "5"}, REFUSED)):
        deploy = ModelDeploy(Order(ROOT, "mine", "shout", parameters), account, Console())
        monkeypatch.setattr(deploy, "_stacks", stacks)
        with refusal:
            deploy.run()


def test_whether_tasks_are_kept_is_not_the_operators_to_say(account: Account) -> None:
    with pytest.raises(DeployFailed, match="KeepTasks is set by whether the model is there"):
        ModelDeploy(Order(ROOT, "mine", "shout", {"KeepTasks": "no"}), account, Console())


def test_a_models_stack_is_named_after_both() -> None:
    assert re.fullmatch(r"[A-Za-z][A-Za-z0-9-]{0,127}", stack_name("a" * 36, "b" * 39))
    assert stack_name("spillway", "shout") == "spillway-model-shout"


def _found(stacks: Stacks) -> Stack:
    found = stacks.find("mine-model-shout")
    assert found is not None
    return found
