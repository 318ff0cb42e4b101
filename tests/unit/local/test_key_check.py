from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(__file__).parents[3] / "local" / "key_check" / "python"
KEY = "demo.0123456789abcdef"
HANDLER = "def handler(event, context):\n    return {'seen': event['requestContext']['identity']}\n"


@pytest.fixture(params=["behind", "package.behind"])
def key_check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[Any]:
    """The check, before a handler that tells what it was given."""
    file = tmp_path.joinpath(*request.param.split(".")).with_suffix(".py")
    file.parent.mkdir(exist_ok=True)
    file.write_text(HANDLER)
    monkeypatch.setattr(sys, "path", [str(FOLDER), str(tmp_path), *sys.path])
    monkeypatch.setenv("CHECKED_HANDLER", f"{request.param}.handler")
    monkeypatch.setenv("API_KEY", KEY)
    before = set(sys.modules)
    yield importlib.import_module("key_check")
    for name in set(sys.modules) - before:
        del sys.modules[name]


def event(headers: dict[str, str] | None) -> dict[str, Any]:
    identity = {"apiKey": None, "sourceIp": "127.0.0.1"}
    return {"headers": headers, "requestContext": {"identity": identity}}


def test_the_key_goes_on_where_the_gateway_puts_it(key_check: Any) -> None:
    answer = key_check.handler(event({"X-Api-Key": KEY}), None)

    assert answer["seen"] == {"apiKey": KEY, "apiKeyId": "local", "sourceIp": "127.0.0.1"}


@pytest.mark.parametrize("headers", [None, {}, {"X-Api-Key": "demo.other"}, {"X-Api-Key": "ä"}])
def test_any_other_is_refused_as_the_gateway_refuses(
    key_check: Any, headers: dict[str, str] | None
) -> None:
    answer = key_check.handler(event(headers), None)

    problem = json.loads(answer["body"])
    assert answer["statusCode"] == problem["status"] == 401
    assert problem["type"].endswith("/unauthorized")
    assert problem["detail"] in (FOLDER.parents[2] / "api" / "openapi.yaml").read_text()
