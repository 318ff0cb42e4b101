from __future__ import annotations

import json
import logging
import sys
from typing import Any

from botocore.exceptions import ClientError

from spillway import log
from spillway.errors import SettingsError


def line(record: logging.LogRecord) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(log.JsonFormatter({"model": "default"}).format(record))
    return told


def record(message: str = "hello %s", *args: object, **extra: object) -> logging.LogRecord:
    return logging.getLogger("spillway.x").makeRecord(
        "spillway.x", logging.INFO, "x.py", 1, message, args, None, extra=extra
    )


def failed(error: Exception) -> dict[str, Any]:
    failure = record("failed")
    try:
        throw(error)
    except type(error):
        failure.exc_info = sys.exc_info()
    told: dict[str, Any] = line(failure)["exception"]
    return told


def throw(error: Exception) -> None:
    raise error


def test_a_line_has_level_time_message_and_what_was_added() -> None:
    with log.context(requestId="r1"), log.context(jobId="j1"):
        told = line(record("hello %s", "world", attempt=2))

    assert told.pop("time").endswith("Z")
    assert told == {
        "level": "INFO",
        "message": "hello world",
        "model": "default",
        "requestId": "r1",
        "jobId": "j1",
        "attempt": 2,
    }


def test_a_context_ends() -> None:
    with log.context(jobId="j1"):
        pass

    assert "jobId" not in line(record("x"))


def test_a_line_is_one_line_whatever_it_says() -> None:
    text = log.JsonFormatter({}).format(record("a\nb\r\u2028", what=object()))

    assert len(text.split("\n")) == 1
    assert json.loads(text)["message"] == "a\nb\r\u2028"


def test_a_strangers_exception_keeps_its_message_to_itself() -> None:
    told = failed(ValueError("the payload was: secret"))

    assert told["type"] == "ValueError"
    assert told["stack"][-1] == f"test_log.py:{throw.__code__.co_firstlineno + 1} throw"
    assert "secret" not in json.dumps(told)


def test_our_own_exception_says_what_it_says() -> None:
    assert failed(SettingsError("JOBS_TABLE: missing"))["detail"] == "JOBS_TABLE: missing"


def test_an_aws_error_tells_its_code_and_operation() -> None:
    told = failed(ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "PutItem"))

    assert (told["code"], told["operation"]) == ("AccessDenied", "PutItem")


def test_a_cause_is_named() -> None:
    error = RuntimeError("x")
    error.__cause__ = KeyError("secret")

    told = failed(error)

    assert told["cause"] == "KeyError"
    assert "secret" not in json.dumps(told)
