"""FilterLogEvents with log_events: whole, and each event once."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.contract.local.conftest import Host

GROUP = "/contract/log-events"


def test_more_events_than_an_answer_holds_come_page_by_page_each_once(host: Host) -> None:
    logs, now_ms = host.client("logs"), int(time.time() * 1000)
    logs.create_log_group(logGroupName=GROUP)
    said = {stream: [f"{stream} {n}" for n in range(25)] for stream in ("a", "b")}
    for stream, messages in said.items():
        logs.create_log_stream(logGroupName=GROUP, logStreamName=stream)
        # Six an instant, so that pages end amid one.
        events = [
            {"timestamp": now_ms + n // 6, "message": text} for n, text in enumerate(messages)
        ]
        logs.put_log_events(logGroupName=GROUP, logStreamName=stream, logEvents=events)

    found = _events(host, GROUP, limit=20)

    assert sorted(event["message"] for event in found) == sorted(said["a"] + said["b"])
    assert len({event["eventId"] for event in found}) == 50


def test_what_a_function_writes_has_ids_too(host: Host, outputs: dict[str, str]) -> None:
    function, *_ = host.aws.functions.list_functions()["Functions"]
    host.aws.functions.invoke(FunctionName=function["FunctionName"], Payload=b"{}")

    found = _events(host, f"/aws/lambda/{function['FunctionName']}", limit=100)

    assert found
    assert all(event["eventId"] for event in found)


def _events(host: Host, group: str, *, limit: int) -> list[dict[str, Any]]:
    """All events of a group, `limit` an answer: with ten thousand no test would be quick."""
    token: dict[str, str] = {}
    found: list[dict[str, Any]] = []
    while True:
        page = host.client("logs").filter_log_events(
            logGroupName=group, startTime=0, limit=limit, **token
        )
        found += page["events"]
        if "nextToken" not in page:
            return found
        token = {"nextToken": page["nextToken"]}
