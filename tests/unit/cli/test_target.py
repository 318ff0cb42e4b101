"""Which system a command speaks to, and what is said where there is none."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

import spillway
from spillway.aws.sigv4 import SigV4
from spillway_cli.exits import CommandFailed, Exit
from spillway_cli.target import Options, resolve

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.cli.conftest import Deploy, Terminal

URL = "https://api.example/v1"
LOCAL = {
    "url": "http://127.0.0.1:4566/v1",
    "apiKey": "demo.secret",
    "region": "us-east-1",
    "endpointUrl": "http://127.0.0.1:4566",
    "stack": "spillway",
}


@pytest.fixture(autouse=True)
def _elsewhere(terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def announce(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "endpoint.json").write_text(json.dumps(LOCAL))


def refused(options: Options) -> CommandFailed:
    with pytest.raises(CommandFailed) as failed:
        resolve(options, {}).client()
    return failed.value


def test_an_address_goes_before_a_stack_and_before_what_runs_here(tmp_path: Path) -> None:
    announce(tmp_path / ".local")

    target = resolve(Options(url=URL, key="acme.secret", stack="prod"), {})

    assert (target.url, target.stack, target.is_local) == (URL, "prod", False)
    assert repr(target.client()) == f"Client('{URL}')"


def test_a_stack_goes_before_what_runs_here(tmp_path: Path, account: Deploy) -> None:
    announce(tmp_path / ".local")
    account("prod", ApiUrl=URL, UsagePlanId="plan")

    target = resolve(Options(stack="prod", key="acme.secret"), {})

    assert repr(target.client()) == f"Client('{URL}')"


@pytest.mark.parametrize("options", [Options(profile="p"), Options(region="eu-west-1")])
def test_a_stack_s_name_is_spillway_if_nothing_is_said(options: Options) -> None:
    assert resolve(options, {}).stack_name == "spillway"


@pytest.mark.parametrize("below", ["", "cli/spillway_cli"])
def test_what_runs_here_is_found_from_any_folder_below(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, below: str
) -> None:
    announce(tmp_path / ".local")
    (tmp_path / below).mkdir(parents=True, exist_ok=True)
    monkeypatch.chdir(tmp_path / below)

    target = resolve(Options(), {})

    assert (target.url, target.key, target.stack) == (LOCAL["url"], "demo.secret", "spillway")
    assert target.aws("sqs").meta.endpoint_url == LOCAL["endpointUrl"]


def test_another_run_is_named_by_its_folder(tmp_path: Path) -> None:
    announce(tmp_path / "elsewhere")

    target = resolve(Options(), {"LOCAL_DIR": str(tmp_path / "elsewhere")})

    assert target.is_local


def test_another_tenant_s_key_goes_before_the_announced_one(tmp_path: Path) -> None:
    announce(tmp_path / ".local")

    assert resolve(Options(key="acme.secret"), {}).key == "acme.secret"


def test_where_there_is_nothing_it_says_what_to_give() -> None:
    failed = refused(Options())

    assert failed.exit_code is Exit.USAGE
    for way in ("--stack", "--url", "make run"):
        assert way in str(failed)


def test_a_stack_that_there_is_not_is_named(account: Deploy) -> None:
    failed = refused(Options(stack="prod"))

    assert failed.exit_code is Exit.NOT_FOUND
    assert str(failed) == "there is no stack prod in this account and region"


def test_an_output_that_there_is_not_is_named(account: Deploy) -> None:
    account("prod")

    failed = refused(Options(stack="prod", key="acme.secret"))

    assert (failed.exit_code, str(failed)) == (3, "stack prod has no output ApiUrl")


def test_a_stack_with_keys_wants_one(account: Deploy) -> None:
    account("prod", ApiUrl=URL, UsagePlanId="plan")

    failed = refused(Options(stack="prod"))

    assert failed.exit_code is Exit.UNAUTHORIZED
    assert "SPILLWAY_API_KEY" in str(failed)


@pytest.mark.parametrize(
    "options",
    [
        Options(stack="prod"),
        Options(stack="prod", key="acme.exported-for-another"),
        Options(url=URL, iam=True, key="acme.exported-for-another"),
    ],
)
def test_who_takes_no_keys_gets_signatures(account: Deploy, options: Options) -> None:
    account("prod", ApiUrl=URL)

    target = resolve(options, {})

    assert isinstance(target.client(), spillway.Client)
    assert isinstance(target._auth(), SigV4)


def test_signatures_need_credentials(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")

    failed = refused(Options(url=URL, iam=True))

    assert failed.exit_code is Exit.UNAUTHORIZED
    assert str(failed) == "no AWS credentials to sign requests with"


def test_what_needs_a_stack_says_so() -> None:
    with pytest.raises(CommandFailed, match="give --stack in the place of --url"):
        _ = resolve(Options(url=URL, key="acme.secret"), {}).stack_name


@pytest.mark.parametrize("options", [Options(url="api.example"), Options(url=URL, key="secret")])
def test_what_cannot_be_used_is_a_matter_of_usage(options: Options) -> None:
    options = Options(url=options.url, key=options.key or "acme.secret")

    assert refused(options).exit_code is Exit.USAGE


def test_the_region_is_the_aws_cli_s(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-west-3")

    assert resolve(Options(stack="prod"), {}).aws("sqs").meta.region_name == "eu-west-3"


def test_a_target_shows_no_key(tmp_path: Path) -> None:
    announce(tmp_path / ".local")

    assert "secret" not in repr(resolve(Options(), {}))
    assert "secret" not in repr(Options(key="acme.secret"))
