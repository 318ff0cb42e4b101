from __future__ import annotations

import pytest

from spillway.errors import SettingsError
from spillway.settings import FunctionSettings

ENVIRONMENT = {
    "STACK_NAME": "spillway",
    "JOBS_TABLE": "jobs",
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


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(SettingsError) as error:
        FunctionSettings.read(
            {"AUTH_MODE": "None", "BACKLOG_LIMIT": "-1", "RETENTION_DAYS": "0", "JOBS_TABLE": ""}
        )

    assert str(error.value).split("; ") == [
        "STACK_NAME: missing",
        "JOBS_TABLE: missing",
        "INPUT_BUCKET: missing",
        "RESULT_BUCKET: missing",
        "AUTH_MODE: expected one of ApiKey, Iam, got 'None'",
        "BACKLOG_LIMIT: expected a whole number 0 to 1000000000, got '-1'",
        "RETENTION_DAYS: expected a whole number 1 to 3650, got '0'",
    ]
