"""What stands in for AWS is asked on this machine, whatever proxy the environment names."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.request import ProxyHandler, Request, build_opener

from benchmarks.endpoint import counted, endpoint

if TYPE_CHECKING:
    import pytest


def test_the_calls_are_counted_past_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)

    with endpoint(0) as url:
        assert counted(url) == {}
        put = Request(url, data=b"{}", headers={"x-amz-target": "DynamoDB_20120810.PutItem"})  # noqa: S310
        with build_opener(ProxyHandler({})).open(put) as answer:
            assert json.load(answer) == {}

        assert counted(url) == {"PutItem": 1}


def test_a_registry_of_models_is_told_in_pages() -> None:
    with endpoint(0, models=12) as url:
        first = _asked(url, "AmazonSSM.GetParametersByPath", {"Path": "/"})
        last = _asked(url, "AmazonSSM.GetParametersByPath", {"NextToken": first["NextToken"]})

    assert [len(page["Parameters"]) for page in (first, last)] == [10, 2]
    assert "NextToken" not in last


def _asked(url: str, target: str, document: dict[str, Any]) -> dict[str, Any]:
    asked = Request(url, data=json.dumps(document).encode(), headers={"x-amz-target": target})  # noqa: S310
    with build_opener(ProxyHandler({})).open(asked) as answer:
        told: dict[str, Any] = json.load(answer)
    return told
