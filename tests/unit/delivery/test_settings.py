from __future__ import annotations

import pytest

from delivery.settings import DeliverSettings, OutboxSettings
from spillway.errors import SettingsError

ENVIRONMENT = {
    "STACK_NAME": "spillway",
    "AWS_REGION": "eu-west-1",
    "DELIVERIES_TABLE": "deliveries",
    "DELIVERY_QUEUE_URL": "https://sqs.eu-west-1.amazonaws.com/123456789012/spillway-delivery",
    "RESULT_BUCKET": "results",
    "ALLOWED_DESTINATION_ARNS": "arn:aws:sns:*:*:a, arn:aws:sqs:*:*:b",
    "OWN_ARNS": "arn:aws:sqs:*:*:spillway*",
}


def test_the_functions_are_told_by_their_environment() -> None:
    settings = DeliverSettings.read(ENVIRONMENT)

    assert (settings.stack, settings.region) == ("spillway", "eu-west-1")
    assert settings.allowed_destinations == ("arn:aws:sns:*:*:a", "arn:aws:sqs:*:*:b")
    assert settings.own_arns == ("arn:aws:sqs:*:*:spillway*",)
    assert settings.loopback_webhooks is False
    assert OutboxSettings.read(ENVIRONMENT) == OutboxSettings(
        deliveries_table="deliveries", queue_url=settings.queue_url
    )


def test_nothing_may_be_allowed() -> None:
    settings = DeliverSettings.read({**ENVIRONMENT, "ALLOWED_DESTINATION_ARNS": ""})

    assert settings.allowed_destinations == ()


@pytest.mark.parametrize(
    ("text", "delays_s"),
    [("", (5, 300, 1_800, 7_200, 18_000, 36_000)), ("1", (1,)), ("1, 2,42900", (1, 2, 42_900))],
)
def test_the_operator_may_have_a_schedule_of_his_own(text: str, delays_s: tuple[int, ...]) -> None:
    settings = DeliverSettings.read({**ENVIRONMENT, "DELIVERY_RETRY_SECONDS": text})

    assert settings.delays_s == delays_s


@pytest.mark.parametrize("text", ["soon", "1,-2", "0", "42901", "1.5", ",".join(["1"] * 11)])
def test_a_schedule_that_no_message_can_follow_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="DELIVERY_RETRY_SECONDS"):
        DeliverSettings.read({**ENVIRONMENT, "DELIVERY_RETRY_SECONDS": text})


@pytest.mark.parametrize(
    ("endpoint", "allowed"),
    [("http://127.0.0.1:4566", True), ("https://sqs.eu-west-1.amazonaws.com", False), ("", False)],
)
def test_loopback_webhooks_are_for_an_emulator_on_the_same_machine(
    endpoint: str, allowed: bool
) -> None:
    switched = {"SPILLWAY_LOOPBACK_WEBHOOKS": "allow", "AWS_ENDPOINT_URL": endpoint}

    assert DeliverSettings.read(ENVIRONMENT | switched).loopback_webhooks is allowed


def test_all_that_is_missing_is_said_at_once() -> None:
    with pytest.raises(SettingsError) as raised:
        DeliverSettings.read({"SPILLWAY_LOOPBACK_WEBHOOKS": "yes"})

    for name in ("STACK_NAME", "AWS_REGION", "DELIVERIES_TABLE", "DELIVERY_QUEUE_URL",
                 "RESULT_BUCKET", "SPILLWAY_LOOPBACK_WEBHOOKS"):  # fmt: skip
        assert name in str(raised.value)
