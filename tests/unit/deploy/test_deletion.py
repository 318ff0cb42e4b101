"""Nothing goes unless the operator types its name, and nothing that is protected."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

import deploy.stacks
from deploy.__main__ import main
from deploy.account import Account
from deploy.console import Console
from deploy.deletion import Deletion, Order
from deploy.failure import DeployFailed
from deploy.stacks import Stacks

TEMPLATE = json.dumps({"Resources": {"InputBucket": {"Type": "AWS::S3::Bucket"}}})
MODEL = json.dumps(
    {
        "Parameters": {"CoreStack": {"Type": "String"}, "ModelName": {"Type": "String"}},
        "Resources": {"Queue": {"Type": "AWS::SQS::Queue"}},
    }
)


PROTECTED = {
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
    "DeletionProtectionEnabled": True,
}


@pytest.fixture
def stacks(account: Account) -> Stacks:
    """A core with one object in its bucket, and a further model."""
    stacks = Stacks(account.cloudformation, poll_s=0)
    stacks.deploy("mine", TEMPLATE, {})
    stacks.deploy("mine-model-shout", MODEL, {"CoreStack": "mine", "ModelName": "shout"})
    account.s3.put_object(Bucket=_bucket(stacks), Key="payload", Body=b"1")
    return stacks


def _bucket(stacks: Stacks) -> str:
    core = stacks.find("mine")
    assert core is not None
    return stacks.resources(core)["InputBucket"]


def _answering(monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    monkeypatch.setattr(Console, "ask", lambda *_: answer)


def _delete(account: Account, order: Order) -> None:
    Deletion(order, account, Console(), poll_s=0).run()


@pytest.mark.parametrize("answer", ["", "y", "yes", "MINE", "mine-model-shout"])
def test_any_answer_but_the_name_deletes_nothing(
    account: Account, stacks: Stacks, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    _answering(monkeypatch, answer)

    with pytest.raises(DeployFailed, match="nothing was deleted"):
        _delete(account, Order("mine"))

    assert stacks.find("mine") is not None
    assert account.s3.list_objects_v2(Bucket=_bucket(stacks))["KeyCount"] == 1


def test_the_name_deletes_the_models_before_the_core(
    account: Account,
    stacks: Stacks,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    _answering(monkeypatch, "mine")
    bucket = _bucket(stacks)

    _delete(account, Order("mine"))

    assert stacks.find("mine") is None
    assert stacks.find("mine-model-shout") is None
    assert bucket not in [each["Name"] for each in account.s3.list_buckets()["Buckets"]]
    done = [line.split("✓ ")[1] for line in capsys.readouterr().out.splitlines() if "✓" in line]
    assert [line.split("  ")[0] for line in done] == [
        "delete mine-model-shout", "delete webhook secrets", "empty InputBucket", "delete mine",
    ]  # fmt: skip


def test_one_model_goes_alone(account: Account, stacks: Stacks) -> None:
    _delete(account, Order("mine", model="shout", is_sure=True))

    assert stacks.find("mine-model-shout") is None
    assert stacks.find("mine") is not None


@pytest.mark.parametrize("name", ["", " ", "default", "Shout"])
def test_a_name_that_no_model_has_is_not_the_core(
    account: Account, stacks: Stacks, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """A script's variable that is not set arrives as an empty name."""
    monkeypatch.setattr(Account, "of", lambda _: account)

    assert main(["delete", name, "--stack", "mine", "--yes"]) == 1

    assert stacks.find("mine") is not None
    assert stacks.find("mine-model-shout") is not None


def test_without_a_name_it_is_the_core(
    account: Account, stacks: Stacks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Account, "of", lambda _: account)

    assert main(["delete", "--stack", "mine", "--yes"]) == 0

    assert stacks.find("mine") is None


def test_what_is_not_there_is_told(account: Account, stacks: Stacks) -> None:
    assert stacks.find("mine") is not None
    with pytest.raises(DeployFailed, match="there is no stack mine-model-other"):
        _delete(account, Order("mine", model="other", is_sure=True))
    with pytest.raises(DeployFailed, match="there is no stack yours"):
        _delete(account, Order("yours", is_sure=True))


@pytest.mark.parametrize("table", ["JobsTable", "DeliveriesTable"])
def test_a_protected_table_holds_its_stack(account: Account, table: str) -> None:
    resource = {"Type": "AWS::DynamoDB::Table", "Properties": PROTECTED}
    stacks = Stacks(account.cloudformation, poll_s=0)
    stacks.deploy("mine", json.dumps({"Resources": {table: resource}}), {})

    with pytest.raises(DeployFailed, match="turn DeletionProtection off first"):
        _delete(account, Order("mine", is_sure=True))

    assert stacks.find("mine") is not None


@pytest.mark.parametrize("protected", ["mine", "mine-model-shout"])
def test_termination_protection_holds_all_of_it(
    account: Account, stacks: Stacks, monkeypatch: pytest.MonkeyPatch, protected: str
) -> None:
    read = deploy.stacks._stack
    monkeypatch.setattr(
        deploy.stacks,
        "_stack",
        lambda said: replace(read(said), is_protected=said["StackName"] == protected),
    )

    with pytest.raises(DeployFailed, match=f"{protected} has termination protection"):
        _delete(account, Order("mine", is_sure=True))

    assert stacks.find("mine-model-shout") is not None
