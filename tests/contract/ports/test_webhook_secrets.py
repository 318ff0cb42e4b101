"""The contract of `WebhookSecrets`: those that are valid now, read as seldom as will do."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from spillway.aws.clients import client
from spillway.aws.webhook_secrets import ABSENT_S, CACHE_S
from spillway.deliveries.webhook_secret import new_secret, parameter, rotated
from spillway.errors import Unavailable
from tests.contract.ports.webhook_secrets import SsmSecretsWorld

if TYPE_CHECKING:
    from tests.contract.ports.implementations import Implementation
    from tests.contract.ports.webhook_secrets import SecretsWorld

OLDER, FORMER, LATEST = new_secret(), new_secret(), new_secret()
OVERLAP_S = 3_600


def test_a_tenant_has_none_of_itself(webhook_secrets: SecretsWorld) -> None:
    assert list(webhook_secrets.secrets.of("acme")) == []


def test_the_one_that_was_made_is_valid(webhook_secrets: SecretsWorld) -> None:
    webhook_secrets.put("acme", rotated(None, LATEST, webhook_secrets.now_s, OVERLAP_S))

    assert list(webhook_secrets.secrets.of("acme")) == [LATEST]


def test_after_a_rotation_two_are_valid_until_the_former_ends(
    webhook_secrets: SecretsWorld,
) -> None:
    # Given a secret that was rotated twice,
    text = None
    for secret in (OLDER, FORMER, LATEST):
        text = rotated(text, secret, webhook_secrets.now_s, OVERLAP_S)
    assert text is not None

    # then the last two are valid at first, the newest first,
    webhook_secrets.put("acme", text)
    assert list(webhook_secrets.secrets.of("acme")) == [LATEST, FORMER]

    # and one alone from the end of the overlap on.
    webhook_secrets.pass_time(OVERLAP_S)
    assert list(webhook_secrets.secrets.of("acme")) == [LATEST]


def test_they_are_the_tenants_own(webhook_secrets: SecretsWorld) -> None:
    webhook_secrets.put("acme", rotated(None, LATEST, webhook_secrets.now_s, OVERLAP_S))

    assert list(webhook_secrets.secrets.of("acme-2")) == []


# --- on SSM ---------------------------------------------------------------------------------------


@pytest.fixture
def world(on_moto: Implementation) -> SsmSecretsWorld:
    return SsmSecretsWorld(client("ssm"), client("ssm"), "spillway")


def test_a_parameter_is_read_again_after_some_minutes(world: SsmSecretsWorld) -> None:
    first = rotated(None, FORMER, world.now_s, OVERLAP_S)
    world.put("acme", first)
    assert world.secrets.of("acme") == [FORMER]

    world.write("spillway", "acme", rotated(first, LATEST, world.now_s, OVERLAP_S))
    world.pass_time(CACHE_S - 1)
    assert world.secrets.of("acme") == [FORMER]

    world.pass_time(1)
    assert world.secrets.of("acme") == [LATEST, FORMER]


def test_that_there_is_none_is_kept_for_a_minute(world: SsmSecretsWorld) -> None:
    assert world.secrets.of("acme") == []

    world.write("spillway", "acme", rotated(None, LATEST, world.now_s, OVERLAP_S))
    world.pass_time(ABSENT_S - 1)
    assert world.secrets.of("acme") == []

    world.pass_time(1)
    assert world.secrets.of("acme") == [LATEST]


def test_a_clock_set_back_keeps_nothing_for_longer(world: SsmSecretsWorld) -> None:
    assert world.secrets.of("acme") == []
    world.write("spillway", "acme", rotated(None, LATEST, world.now_s, OVERLAP_S))

    world.pass_time(-86_400)

    assert world.secrets.of("acme") == [LATEST]


def test_of_threads_that_ask_at_once_one_reads(
    world: SsmSecretsWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given an environment that has just begun, and SSM, which takes its time
    world.write("spillway", "acme", rotated(None, LATEST, world.now_s, OVERLAP_S))
    reads: list[str] = []
    read = world.secrets._read

    def slowly(tenant: str) -> str | None:
        reads.append(tenant)
        time.sleep(0.05)
        return read(tenant)

    monkeypatch.setattr(world.secrets, "_read", slowly)

    with ThreadPoolExecutor(10) as pool:
        told = list(pool.map(world.secrets.of, ["acme"] * 10))

    assert told == [[LATEST]] * 10
    assert reads == ["acme"]


def test_while_ssm_is_away_the_secrets_that_were_known_go_on(
    world: SsmSecretsWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a secret that is to be read again, while SSM does not answer
    first = rotated(None, FORMER, world.now_s, OVERLAP_S)
    world.put("acme", first)
    assert world.secrets.of("acme") == [FORMER]
    world.write("spillway", "acme", rotated(first, LATEST, world.now_s, OVERLAP_S))
    world.pass_time(CACHE_S)

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(world.secrets, "_read", away)
        assert world.secrets.of("acme") == [FORMER]
        # Of a tenant of whom nothing is known, nothing can be said.
        with pytest.raises(Unavailable):
            world.secrets.of("globex")

    # Then it is asked again a minute later
    world.pass_time(ABSENT_S - 1)
    assert world.secrets.of("acme") == [FORMER]
    world.pass_time(1)
    assert world.secrets.of("acme") == [LATEST, FORMER]


def away(tenant: str) -> str | None:
    raise Unavailable("dependency-unavailable", f"SSM did not answer for {tenant}")


def test_another_stacks_secrets_are_not_told(world: SsmSecretsWorld) -> None:
    world.write("spillway-2", "acme", rotated(None, LATEST, world.now_s, OVERLAP_S))

    assert world.secrets.of("acme") == []


def test_a_parameter_that_holds_no_secrets_names_itself_and_waits_for_its_mending(
    world: SsmSecretsWorld,
) -> None:
    # Given a parameter that somebody wrote by hand,
    world.put("acme", "whsec_not-for-anybodys-eyes")

    # when it is asked for, then the error says which, and not what is in it;
    with pytest.raises(Unavailable) as unavailable:
        world.secrets.of("acme")
    assert parameter("spillway", "acme") in unavailable.value.detail
    assert "eyes" not in unavailable.value.detail

    # once it is mended, it is read.
    world.put("acme", rotated(None, LATEST, world.now_s, OVERLAP_S))
    assert world.secrets.of("acme") == [LATEST]
