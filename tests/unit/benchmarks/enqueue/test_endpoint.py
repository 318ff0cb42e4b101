"""What stands in for AWS is asked on this machine, whatever proxy the environment names."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.request import ProxyHandler, Request, build_opener

from benchmarks.enqueue.endpoint import counted, endpoint

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
