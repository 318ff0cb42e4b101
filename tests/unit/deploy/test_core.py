"""What a deploy of the core decides by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from deploy.console import Console
from deploy.core import HOT_PATH, CoreDeploy, Order, release
from deploy.failure import DeployFailed
from deploy.stage import Stage
from tests.template.documents import ROOT
from tests.unit.deploy.test_concurrency import Functions

if TYPE_CHECKING:
    from pathlib import Path

    from deploy.account import Account


def _deploy(account: Account, stage: Stage, **parameters: str) -> CoreDeploy:
    return CoreDeploy(Order(ROOT, stage, parameters), account, Console())


def test_an_account_without_room_is_told_before_anything_is_built(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account, "functions", Functions(10))

    with pytest.raises(DeployFailed, match="ScalerConcurrency=0"):
        _deploy(account, Stage("default", "mine")).run()


def test_what_is_reserved_is_said_by_the_section_and_by_the_operator(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account, "functions", Functions(10))
    none = {"ScalerConcurrency": "0"}

    _deploy(account, Stage("default", "mine", none))._check_concurrency(None)
    _deploy(account, Stage("default", "mine"), **none)._check_concurrency(None)
    with pytest.raises(DeployFailed, match="is to reserve 1:"):
        _deploy(account, Stage("default", "mine", none), ScalerConcurrency="1")._check_concurrency(
            None
        )


def test_a_release_is_named_by_the_code_of_the_function_that_stands_ready(tmp_path: Path) -> None:
    code = tmp_path / HOT_PATH
    code.parent.mkdir()
    code.write_text("one")
    one = release(tmp_path)

    code.write_text("two")

    assert release(tmp_path) != one
    code.write_text("one")
    assert release(tmp_path) == one
