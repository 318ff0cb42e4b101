"""Tenants come, change their keys and go; a key is printed once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest

from spillway.identity import tenant_of_api_key
from spillway_cli import api_keys, tenants

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.unit.cli.conftest import Deploy, Terminal

HERE = "--stack=spillway"


@pytest.fixture(autouse=True)
def _stack(account: Deploy) -> None:
    # moto's stacks make no usage plans, so this one's output names a plan made beside it.
    account(UsagePlanId=boto3.client("apigateway").create_usage_plan(name="spillway")["id"])


def values() -> list[str]:
    """The values of all keys, as API Gateway alone knows them."""
    keys = boto3.client("apigateway").get_api_keys(includeValues=True)["items"]
    return sorted(key["value"] for key in keys)


def test_a_new_tenant_s_key_is_printed_alone(terminal: Terminal) -> None:
    made = terminal.run("tenants", "create", "acme", HERE)

    assert made.exit_code == 0
    assert "`spillway webhooks secret acme --create` makes" in made.stderr
    assert [made.stdout.rstrip("\n")] == values()


def test_a_program_gets_the_key_as_a_document(terminal: Terminal) -> None:
    [made] = terminal.json("tenants", "create", "acme", HERE)

    assert made == {"tenant": "acme", "key": values()[0]}


def test_a_tenant_is_not_made_twice(terminal: Terminal) -> None:
    terminal.run("tenants", "create", "acme", HERE)

    again = terminal.run("tenants", "create", "acme", HERE)

    assert (again.exit_code, again.stdout) == (4, "")
    assert "spillway tenants rotate acme" in again.stderr
    assert len(values()) == 1


def test_a_name_that_is_no_tenant_s_is_refused(terminal: Terminal) -> None:
    refused = terminal.run("tenants", "create", "a.b", HERE)

    assert refused.exit_code == 4
    assert refused.stderr == (
        "spillway: a tenant's name matches [A-Za-z0-9][A-Za-z0-9_-]{0,63}, got 'a.b'\n"
    )


def test_a_list_shows_no_values(terminal: Terminal) -> None:
    for name in ("globex", "acme"):
        terminal.run("tenants", "create", name, HERE)

    listed = terminal.run("tenants", "list", HERE)
    documents = terminal.json("tenants", "list", HERE)

    head, *rows = listed.stdout.splitlines()
    assert head.split() == ["TENANT", "KEY", "ID", "CREATED", "ENABLED"]
    assert [row.split()[0] for row in rows] == ["acme", "globex"]
    assert [set(each) for each in documents] == [{"tenant", "keyId", "createdAt", "enabled"}] * 2
    assert not any(value in listed.output + str(documents) for value in values())


def test_a_rotated_tenant_has_two_keys_until_the_old_one_is_deleted(terminal: Terminal) -> None:
    old = terminal.run("tenants", "create", "acme", HERE).stdout.strip()
    [old_key] = terminal.json("tenants", "list", HERE)

    rotated = terminal.run("tenants", "rotate", "acme", HERE)
    new = rotated.stdout.strip()

    assert tenant_of_api_key(new) == "acme"
    assert values() == sorted([old, new])
    assert f"`spillway tenants delete acme --key-id {old_key['keyId']}`" in rotated.stderr

    deleted = terminal.run("tenants", "delete", "acme", "--key-id", old_key["keyId"], "--yes", HERE)
    assert deleted.exit_code == 0
    assert values() == [new]


def test_old_keys_can_go_with_the_rotation(terminal: Terminal) -> None:
    terminal.run("tenants", "create", "acme", HERE)
    terminal.run("tenants", "create", "globex", HERE)

    rotated = terminal.run("tenants", "rotate", "acme", "--expire-old", HERE)

    assert "deleted" in rotated.stderr
    assert [value.partition(".")[0] for value in values()] == ["acme", "globex"]
    assert rotated.stdout.strip() in values()


def test_a_deleted_tenant_is_gone(terminal: Terminal) -> None:
    terminal.run("tenants", "create", "acme", HERE)

    assert terminal.run("tenants", "delete", "acme", "--yes", HERE).exit_code == 0

    assert values() == []
    assert terminal.json("tenants", "list", HERE) == []


@pytest.mark.parametrize("answer", ["n\n", ""])
def test_nothing_is_deleted_unless_it_is_confirmed(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    monkeypatch.setattr(tenants, "_is_somebody_there", lambda: True)
    terminal.run("tenants", "create", "acme", HERE)

    asked = terminal.run("tenants", "delete", "acme", HERE, stdin=answer)

    assert asked.exit_code == 130
    assert len(values()) == 1


def test_without_a_terminal_nothing_is_asked_and_nothing_deleted(terminal: Terminal) -> None:
    terminal.run("tenants", "create", "acme", HERE)

    refused = terminal.run("tenants", "delete", "acme", HERE, stdin="y\n")

    assert refused.exit_code == 2
    assert "nobody is there to ask: --yes deletes without asking" in refused.stderr
    assert len(values()) == 1


@pytest.mark.parametrize("words", [["rotate", "acme", "--expire-old"], ["delete", "acme", "--yes"]])
def test_a_key_that_has_gone_already_is_passed_over(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    for command in ("create", "rotate"):
        terminal.run("tenants", command, "acme", HERE)
    old = values()
    listed = api_keys.keys

    def listed_late(*asked: Any) -> Sequence[api_keys.KeyEntry]:
        found = listed(*asked)
        boto3.client("apigateway").delete_api_key(apiKey=found[0].key_id)
        return found

    monkeypatch.setattr(api_keys, "keys", listed_late)

    assert terminal.run("tenants", *words, HERE).exit_code == 0
    assert set(values()).isdisjoint(old)


@pytest.mark.parametrize("words", [["rotate", "acme"], ["delete", "acme", "--yes"]])
def test_a_tenant_that_there_is_not_is_not_found(terminal: Terminal, words: list[str]) -> None:
    refused = terminal.run("tenants", *words, HERE)

    assert (refused.exit_code, refused.stderr) == (3, "spillway: there is no tenant acme\n")
    assert values() == []


def test_a_key_that_there_is_not_is_not_found(terminal: Terminal) -> None:
    terminal.run("tenants", "create", "acme", HERE)

    refused = terminal.run("tenants", "delete", "acme", "--key-id", "nope", "--yes", HERE)

    assert (refused.exit_code, len(values())) == (3, 1)


def test_a_stack_without_keys_says_who_its_tenants_are(terminal: Terminal, account: Deploy) -> None:
    account("signed", ApiUrl="https://api.example/v1")

    refused = terminal.run("tenants", "list", "--stack", "signed")

    assert refused.exit_code == 4
    assert "IAM principals" in refused.stderr


def test_without_a_region_one_line_says_so(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")

    refused = terminal.run("tenants", "list", HERE)

    assert (refused.exit_code, refused.stderr) == (2, "spillway: You must specify a region.\n")


def test_without_credentials_one_line_says_so(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)

    refused = terminal.run("tenants", "list", HERE)

    assert (refused.exit_code, refused.stderr) == (5, "spillway: Unable to locate credentials\n")
