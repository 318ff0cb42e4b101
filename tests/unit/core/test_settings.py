from __future__ import annotations

import pytest

from spillway.errors import SettingsError
from spillway.settings import FunctionSettings

ENVIRONMENT = {
    "STACK_NAME": "spillway",
    "JOBS_TABLE": "jobs",
    "DELIVERIES_TABLE": "deliveries",
    "INPUT_BUCKET": "inputs",
    "RESULT_BUCKET": "results",
    "AUTH_MODE": "ApiKey",
}


def test_what_may_be_left_out_has_a_default() -> None:
    settings = FunctionSettings.read(ENVIRONMENT)

    assert (settings.backlog_limit, settings.retention_days) == (0, 30)
    assert settings.default_model == "default"
    assert settings.auth_mode == "ApiKey"
    assert settings.wake_function == ""
    assert (settings.allowed_destinations, settings.own_arns) == ((), ())
    assert settings.loopback_webhooks is False


def test_arns_stand_with_commas_between_them() -> None:
    told = {"ALLOWED_DESTINATION_ARNS": "arn:aws:sns:*, arn:aws:sqs:*,", "OWN_ARNS": "arn:x"}

    settings = FunctionSettings.read(ENVIRONMENT | told)

    assert settings.allowed_destinations == ("arn:aws:sns:*", "arn:aws:sqs:*")
    assert settings.own_arns == ("arn:x",)


@pytest.mark.parametrize(
    "endpoint", ["http://127.0.0.1:4566", "http://localhost:4566/", "http://[::1]:4566"]
)
def test_webhooks_to_this_machine_are_for_a_system_on_this_machine(endpoint: str) -> None:
    switched_on = {"SPILLWAY_LOOPBACK_WEBHOOKS": "allow"}
    here = {"AWS_ENDPOINT_URL": endpoint}

    assert FunctionSettings.read(ENVIRONMENT | switched_on | here).loopback_webhooks
    assert not FunctionSettings.read(ENVIRONMENT | here).loopback_webhooks


@pytest.mark.parametrize(
    "endpoint",
    [
        "",
        "https://dynamodb.eu-central-1.amazonaws.com",
        "http://127.0.0.1.example.com:4566",
        "http://localhost@example.com",
        "127.0.0.1:4566",
    ],
)
def test_the_switch_alone_lets_no_webhook_to_this_machine(endpoint: str) -> None:
    told = {"SPILLWAY_LOOPBACK_WEBHOOKS": "allow", "AWS_ENDPOINT_URL": endpoint}

    assert not FunctionSettings.read(ENVIRONMENT | told).loopback_webhooks


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(SettingsError) as error:
        FunctionSettings.read(
            {
                "AUTH_MODE": "None",
                "BACKLOG_LIMIT": "-1",
                "RETENTION_DAYS": "0",
                "JOBS_TABLE": "",
                "SPILLWAY_LOOPBACK_WEBHOOKS": "yes",
            }
        )

    assert str(error.value).split("; ") == [
        "STACK_NAME: missing",
        "JOBS_TABLE: missing",
        "DELIVERIES_TABLE: missing",
        "INPUT_BUCKET: missing",
        "RESULT_BUCKET: missing",
        "AUTH_MODE: expected one of ApiKey, Iam, got 'None'",
        "BACKLOG_LIMIT: expected a whole number 0 to 1000000000, got '-1'",
        "RETENTION_DAYS: expected a whole number 1 to 3650, got '0'",
        "SPILLWAY_LOOPBACK_WEBHOOKS: expected allow or nothing, got 'yes'",
    ]
