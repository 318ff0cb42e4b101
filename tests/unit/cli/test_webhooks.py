"""The secrets of webhooks are made, shown and rotated; a webhook is tried out."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import boto3
import pytest

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
    assert second.stderr == "the former one is valid until 2027-01-15T10:00:00.000Z\n"
    both = [second.stdout.strip(), first.stdout.strip()]
    assert terminal.run("webhooks", "secret", "acme", HERE).stdout.split() == both
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
    assert terminal.run("webhooks", "secret", "acme", HERE).stdout.split() == both[:1]


def test_a_secret_that_got_out_can_end_at_once(terminal: Terminal, ssm: Any) -> None:
    terminal.run("webhooks", "rotate", "acme", HERE)

    rotated = terminal.run("webhooks", "rotate", "acme", "--overlap", "0s", HERE)

    assert rotated.stderr == ""
    assert valid(stored(ssm), NOW_S) == [rotated.stdout.strip()]


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
    assert tried.stderr == f"spillway: {URL} did not take it: answered 404\n"


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
