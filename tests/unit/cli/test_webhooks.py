"""The secrets of webhooks are made, shown and rotated; a webhook is tried out."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from spillway.aws.disabled_webhooks import DynamoDisabledWebhooks
from spillway.deliveries import delivery
from spillway.deliveries.webhook_secret import is_secret, valid
from spillway_cli import webhook_secrets
from tests.unit.api.system import NOW_MS

if TYPE_CHECKING:
    from tests.unit.api.system import System
    from tests.unit.cli.conftest import Deploy, Terminal

HERE = "--stack=spillway"
NAME = "/spillway/spillway/webhooks/acme"
NOW_S = 1_800_000_000
DAY_S = 86_400
URL = "https://example.com/hook"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The wall clock: its one item."""
    now_s = [float(NOW_S)]
    monkeypatch.setattr(time, "time", lambda: now_s[0])
    return now_s


@pytest.fixture
def ssm(account: Deploy, clock: list[float]) -> Any:
    """The account's parameters, where the stack is deployed."""
    account()
    return boto3.client("ssm")


def stored(ssm: Any) -> str:
    return str(ssm.get_parameter(Name=NAME, WithDecryption=True)["Parameter"]["Value"])


# --- the secrets themselves -----------------------------------------------------------------------


def test_a_tenant_is_given_one_secret_that_stays(ssm: Any) -> None:
    secret = webhook_secrets.ensure(ssm, "spillway", "acme")

    assert is_secret(secret)
    assert webhook_secrets.ensure(ssm, "spillway", "acme") == secret
    assert valid(stored(ssm), NOW_S) == [secret]
    [described] = ssm.describe_parameters()["Parameters"]
    assert (described["Name"], described["Type"]) == (NAME, "SecureString")


def test_of_two_who_make_the_first_one_both_have_it(
    ssm: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given another who makes it between our look and our write
    theirs: list[str] = []
    read = webhook_secrets._read

    def read_then_overtaken(*asked: Any) -> webhook_secrets.Held:
        held = read(*asked)
        if not theirs:
            theirs.append("…")
            theirs[:] = [webhook_secrets.ensure(ssm, "spillway", "acme")]
        return held

    monkeypatch.setattr(webhook_secrets, "_read", read_then_overtaken)

    assert [webhook_secrets.ensure(ssm, "spillway", "acme")] == theirs


def test_of_two_who_rotate_at_once_each_has_made_a_valid_one(
    ssm: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    webhook_secrets.ensure(ssm, "spillway", "acme")
    theirs: list[str] = []
    put = webhook_secrets._put

    def overtaken(*asked: Any) -> int:
        if not theirs:
            theirs.append("…")
            theirs[:] = [webhook_secrets.rotate(ssm, "spillway", "acme", DAY_S)[0].text]
        return put(*asked)

    monkeypatch.setattr(webhook_secrets, "_put", overtaken)

    ours = webhook_secrets.rotate(ssm, "spillway", "acme", DAY_S)

    assert [each.text for each in ours] == [ours[0].text, *theirs] == valid(stored(ssm), NOW_S)


# --- as an operator has them ----------------------------------------------------------------------


def test_a_secret_is_made_when_that_is_asked_for(terminal: Terminal, ssm: Any) -> None:
    lacking = terminal.run("webhooks", "secret", "acme", HERE)
    made = terminal.run("webhooks", "secret", "acme", "--create", HERE)
    shown = terminal.run("webhooks", "secret", "acme", HERE)

    assert (lacking.exit_code, lacking.stdout) == (3, "")
    assert "`spillway webhooks secret acme --create` makes one" in lacking.stderr
    assert made.stdout == shown.stdout
    assert shown.stdout.splitlines() == valid(stored(ssm), NOW_S)


def test_a_rotated_secret_has_the_former_beside_it_for_a_while(
    terminal: Terminal, ssm: Any, clock: list[float]
) -> None:
    first = terminal.run("webhooks", "rotate", "acme", HERE)
    second = terminal.run("webhooks", "rotate", "acme", "--overlap", "2h", HERE)

    assert (first.exit_code, first.stderr) == (0, "")
    both = [second.stdout.strip(), first.stdout.strip()]
    shown = terminal.run("webhooks", "secret", "acme", HERE)
    assert shown.stdout.split() == both[:1]
    for said in (second, shown):
        assert said.stderr == "the former one is valid until 2027-01-15T10:00:00.000Z\n"
    assert terminal.json("webhooks", "secret", "acme", HERE) == [
        {
            "tenant": "acme",
            "secrets": [
                {"secret": both[0], "until": None},
                {"secret": both[1], "until": "2027-01-15T10:00:00.000Z"},
            ],
        }
    ]
    clock[0] += 7_200
    assert terminal.run("webhooks", "secret", "acme", HERE).stderr == ""


def test_while_two_are_valid_none_is_ended_unasked(terminal: Terminal, ssm: Any) -> None:
    for _ in range(2):
        last = terminal.run("webhooks", "rotate", "acme", HERE).stdout.strip()
    before = stored(ssm)

    refused = terminal.run("webhooks", "rotate", "acme", HERE)

    assert (refused.exit_code, refused.stdout) == (4, "")
    assert "the former until 2027-01-16T08:00:00.000Z" in refused.stderr
    assert stored(ssm) == before

    forced = terminal.run("webhooks", "rotate", "acme", "--force", HERE)
    assert "ended now: the one that was valid until 2027-01-16T08:00:00.000Z\n" in forced.stderr
    assert valid(stored(ssm), NOW_S) == [forced.stdout.strip(), last]


def test_a_secret_that_got_out_can_end_at_once(terminal: Terminal, ssm: Any) -> None:
    terminal.run("webhooks", "rotate", "acme", HERE)

    rotated = terminal.run("webhooks", "rotate", "acme", "--overlap", "0s", HERE)

    assert rotated.stderr == ""
    assert valid(stored(ssm), NOW_S) == [rotated.stdout.strip()]


@pytest.mark.parametrize("words", [["secret"], ["rotate"], ["disable", URL], ["enable", URL]])
def test_an_address_alone_is_no_stack(terminal: Terminal, words: list[str]) -> None:
    command, *more = words
    api = {"SPILLWAY_URL": "https://api.example/v1", "SPILLWAY_API_KEY": "acme.1"}

    refused = terminal.run("webhooks", command, "acme", *more, **api)

    assert (refused.exit_code, refused.stdout) == (2, "")
    assert refused.stderr.startswith("spillway: this needs a stack: ")
    assert "--key" not in terminal.run("webhooks", command, "--help").stdout


@pytest.mark.parametrize("command", ["secret", "rotate"])
def test_a_name_that_is_no_tenant_s_is_refused(terminal: Terminal, ssm: Any, command: str) -> None:
    refused = terminal.run("webhooks", command, "a/b", HERE)

    assert refused.exit_code == 2
    assert ssm.describe_parameters()["Parameters"] == []


@pytest.mark.parametrize("command", ["secret", "rotate"])
def test_a_parameter_that_holds_something_else_is_told_and_left(
    terminal: Terminal, ssm: Any, command: str
) -> None:
    ssm.put_parameter(Name=NAME, Value="hush", Type="SecureString")

    refused = terminal.run("webhooks", command, "acme", HERE)

    assert (refused.exit_code, refused.stdout) == (4, "")
    assert refused.stderr.startswith(f"spillway: SSM parameter {NAME}: expected ")
    assert "hush" not in refused.stderr
    assert stored(ssm) == "hush"


# --- a sample -------------------------------------------------------------------------------------


def answers(system: System, error: str | None) -> None:
    """Have the webhook take the sample that is sent to it, or not."""

    def attempt() -> None:
        [sample] = system.deliveries.held.values()
        at_ms, took_ms = system.clock(), 30
        over = (
            delivery.delivered(sample, at_ms=at_ms, took_ms=took_ms)
            if error is None
            else delivery.failed(
                sample, at_ms=at_ms, took_ms=took_ms, error=error, next_attempt_at_ms=None
            )
        )
        assert system.deliveries.replace(over)

    system.clock.meanwhile = attempt


def test_a_webhook_that_takes_it_is_well(terminal: Terminal, system: System) -> None:
    answers(system, None)

    tried = terminal.run("webhooks", "test", URL)

    assert (tried.exit_code, tried.stderr) == (0, "")
    fields = dict(line.split(maxsplit=1) for line in tried.stdout.splitlines())
    assert (fields["event"], fields["status"]) == ("webhook.test", "DELIVERED")
    assert json.loads(fields["destination"]) == {"type": "webhook", "url": URL}


def test_one_that_does_not_is_exit_1(terminal: Terminal, system: System) -> None:
    answers(system, "answered 404")

    tried = terminal.run("webhooks", "test", URL, "--json")

    assert tried.exit_code == 1
    assert json.loads(tried.stdout)["lastError"] == "answered 404"
    assert tried.stderr == f"spillway: not delivered to {URL}: answered 404\n"


def test_what_is_not_known_in_time_is_exit_7(terminal: Terminal, system: System) -> None:
    tried = terminal.run("webhooks", "test", URL, "--within", "5")

    [sample] = system.deliveries.held.values()
    assert tried.exit_code == 7
    assert f"`spillway deliveries get {sample.delivery_id}` will tell" in tried.stderr
    assert system.clock() == NOW_MS + 5_000


def test_a_url_that_nothing_is_sent_to_is_exit_4(terminal: Terminal, system: System) -> None:
    refused = terminal.run("webhooks", "test", "https://127.0.0.1/")

    assert (refused.exit_code, refused.stdout) == (4, "")
    assert refused.stderr.startswith("spillway: url: ")
    assert system.deliveries.held == {}


# --- one that is shut off -------------------------------------------------------------------------


@pytest.fixture
def table(account: Deploy, clock: list[float]) -> DynamoDisabledWebhooks:
    """What the stack's table holds of webhooks that get nothing."""
    dynamodb = boto3.client("dynamodb")
    dynamodb.create_table(
        TableName="deliveries",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    account(DeliveriesTable="deliveries")
    return DynamoDisabledWebhooks(dynamodb, "deliveries")


def test_a_webhook_is_shut_off_for_one_tenant(
    terminal: Terminal, table: DynamoDisabledWebhooks
) -> None:
    shut = terminal.json("webhooks", "disable", "acme", URL, HERE)

    assert shut == [{"tenant": "acme", "url": URL, "disabled": True}]
    assert table.is_disabled("acme", URL)
    assert not table.is_disabled("globex", URL)
    assert not table.is_disabled("acme", f"{URL}/other")


def test_and_opened_again(terminal: Terminal, table: DynamoDisabledWebhooks) -> None:
    table.disable("acme", URL, now_ms=NOW_S * 1000)

    for _ in range(2):
        opened = terminal.json("webhooks", "enable", "acme", URL, HERE)
        assert opened == [{"tenant": "acme", "url": URL, "disabled": False}]
        assert not table.is_disabled("acme", URL)
