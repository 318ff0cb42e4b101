"""What a deploy of the core decides by itself."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from deploy import core as deploy_core
from deploy.console import Console
from deploy.core import HOT_PATH, CoreDeploy, Order, release
from deploy.failure import DeployFailed
from deploy.image import Image
from deploy.stacks import Stack
from deploy.stage import Stage
from tests.template.documents import ROOT
from tests.unit.deploy.test_concurrency import Functions

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from deploy.account import Account

OUTPUTS = {
    "ModelBucket": "models",
    "ApiUrl": "https://api.execute-api.test/v1",
    "WorkerRepositoryArn": "arn:aws:ecr:eu-central-1:123456789012:repository/worker",
}
IMAGE = Image("registry.test/worker@sha256:0", "")


class Sam:
    """The core's stack, as `sam deploy` makes and changes it; what was given each time is kept."""

    def __init__(self, parameters: Mapping[str, str] | None = None) -> None:
        self.given: list[Mapping[str, str]] = []
        self._parameters = parameters

    def build(self, *_: object) -> None:
        """What would be built is of no concern here."""

    def deploy(self, _commands: object, _stage: Stage, given: Mapping[str, str]) -> None:
        self.given.append(given)
        self._parameters = {**(self._parameters or {}), **given}

    def find(self, name: str) -> Stack | None:
        if self._parameters is None:
            return None
        return Stack(name, f"{name}-id", "UPDATE_COMPLETE", self._parameters, OUTPUTS)

    settled = find

    def joined(self, _core: Stack) -> list[Stack]:
        return []


def _deploy(account: Account, stage: Stage, **parameters: str) -> CoreDeploy:
    return CoreDeploy(Order(ROOT, stage, parameters), account, Console())


def test_an_account_without_room_is_told_before_anything_is_built(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account, "functions", Functions(10))

    with pytest.raises(DeployFailed, match="ScalerConcurrency=0"):
        _deploy(account, Stage("default", "mine")).run()


def test_more_tasks_at_least_than_the_most_that_stands_are_told_before_anything_is_built(
    account: Account,
) -> None:
    with pytest.raises(DeployFailed, match=r"ModelMinTasks=20 .*ModelMaxTasks=10"):
        _deploy(account, Stage("default", "mine"), ModelMinTasks="20").run()


def test_what_is_reserved_is_said_by_the_section_and_by_the_operator(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account, "functions", Functions(10))
    none = {"ScalerConcurrency": "0"}

    _deploy(account, Stage("default", "mine", none))._check_numbers(None)
    _deploy(account, Stage("default", "mine"), **none)._check_numbers(None)
    with pytest.raises(DeployFailed, match="is to reserve 1:"):
        _deploy(account, Stage("default", "mine", none), ScalerConcurrency="1")._check_numbers(None)


def _deployed(
    account: Account, monkeypatch: pytest.MonkeyPatch, sam: Sam, **parameters: str
) -> list[Mapping[str, str]]:
    """What each `sam deploy` of one run was given, with neither an engine nor an API."""
    deploy = _deploy(account, Stage("default", "mine"), **parameters)
    image = SimpleNamespace(prepare=lambda before: IMAGE if before else None, push=lambda _: IMAGE)
    for name, value in {"_stacks": sam, "_image": image}.items():
        monkeypatch.setattr(deploy, name, value)
    monkeypatch.setattr(deploy, "_check_numbers", lambda _: None)
    monkeypatch.setattr(deploy, "_version", lambda _: None)
    monkeypatch.setattr(deploy_core, "sam", sam)
    monkeypatch.setattr(deploy_core, "smoke", lambda *_: None)
    deploy.run()
    return sam.given


def test_a_first_deploy_begins_without_tasks_and_then_keeps_those_that_there_are(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = _deployed(account, monkeypatch, Sam(), ModelMinTasks="2")

    assert (first["ModelMinTasks"], first["ModelKeepTasks"]) == ("0", "no")
    assert (second["ModelMinTasks"], second["ModelKeepTasks"]) == ("2", "yes")


def test_a_deploy_to_a_stack_that_is_there_keeps_its_tasks(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    [given] = _deployed(account, monkeypatch, Sam({"ModelMinTasks": "2"}))

    assert given["ModelKeepTasks"] == "yes"
    assert "ModelMinTasks" not in given


def test_whether_tasks_are_kept_is_not_the_operators_to_say(account: Account) -> None:
    with pytest.raises(DeployFailed, match="ModelKeepTasks is set by whether the stack is there"):
        _deploy(account, Stage("default", "mine"), ModelKeepTasks="no")


def test_a_release_is_named_by_the_code_of_the_function_that_stands_ready(tmp_path: Path) -> None:
    code = tmp_path / HOT_PATH
    code.parent.mkdir()
    code.write_text("one")
    one = release(tmp_path, "")

    code.write_text("two")

    assert release(tmp_path, "") != one
    code.write_text("one")
    assert release(tmp_path, "") == one


def test_a_release_is_named_by_the_destinations_that_will_be_allowed(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    arns = "arn:aws:sqs:eu-central-1:111122223333:results"

    [unnamed] = _deployed(account, monkeypatch, Sam({}))
    [named] = _deployed(account, monkeypatch, Sam({}), AllowedDestinationArns=arns)
    [held] = _deployed(account, monkeypatch, Sam({"AllowedDestinationArns": arns}))

    assert unnamed["EnqueueRelease"] == release(ROOT, "")
    assert named["EnqueueRelease"] == held["EnqueueRelease"] == release(ROOT, arns)
    assert release(ROOT, arns) != release(ROOT, "")
