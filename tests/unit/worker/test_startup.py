"""A start is told by its parts, as far as ECS and the worker know them."""

from __future__ import annotations

import json
import logging
import threading
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError, NoCredentialsError

from spillway.errors import Unavailable
from spillway.memory import MemoryMetrics
from worker import startup

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from spillway.ports import Datum

TASK = {
    "PullStartedAt": "2020-10-03T00:42:44.813Z",
    "PullStoppedAt": "2020-10-03T00:43:06.31288465Z",
}
PULLED_MS = round(datetime(2020, 10, 3, 0, 43, 6, 312_880, UTC).timestamp() * 1000)


@contextmanager
def metadata(status: int, body: Any) -> Iterator[str]:
    """ECS's endpoint for the task's metadata."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = self.path == "/v4/abc/task"
            self.send_response(status if found else 404)
            self.end_headers()
            self.wfile.write(body if isinstance(body, bytes) else json.dumps(body).encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/v4/abc"
        thread.join()


def test_the_image_took_as_long_as_its_pull_and_the_start_what_followed() -> None:
    with metadata(200, TASK) as uri:
        told = startup.pulled_ms(uri, began_ms=PULLED_MS + 1500)

    assert told == {"image": 21_500, "start": 1500}


@pytest.mark.parametrize(
    ("status", "body"),
    [(500, {}), (200, b"not JSON"), (200, {}), (200, []), (200, TASK | {"PullStoppedAt": "?"})],
)
def test_a_start_that_ecs_does_not_tell_of_lacks_both(
    caplog: pytest.LogCaptureFixture, status: int, body: Any
) -> None:
    with metadata(status, body) as uri:
        assert startup.pulled_ms(uri, began_ms=0) == {}

    assert caplog.messages == ["ECS does not say when the image came"]


def test_outside_ecs_nobody_is_asked(caplog: pytest.LogCaptureFixture) -> None:
    assert startup.pulled_ms("", began_ms=0) == {}
    assert caplog.messages == []


def test_an_endpoint_that_is_not_there_costs_nothing_but_a_warning(
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert startup.pulled_ms("http://127.0.0.1:1", began_ms=0) == {}
    assert len(caplog.messages) == 1


def test_each_part_and_their_sum_are_told_in_seconds() -> None:
    metrics = MemoryMetrics()

    startup.tell(lambda: metrics, "default", {"fetch": 980, "verify": 20, "load": 500}, lambda: 7)

    [(at_ms, data)] = metrics.calls
    assert at_ms == 7
    assert metrics.last("default") == {
        "Startup": 1.5,
        "StartupFetch": 0.98,
        "StartupVerify": 0.02,
        "StartupLoad": 0.5,
    }
    assert {datum.unit for datum in data} == {"Seconds"}


class Away:
    """CloudWatch, which does not take it."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def put(self, data: Sequence[Datum], *, at_ms: int) -> None:  # noqa: ARG002
        raise self._error


@pytest.mark.parametrize(
    "error",
    [
        Unavailable("dependency-unavailable", "CloudWatch did not answer", retry_after_s=5),
        ClientError({"Error": {"Code": "AccessDenied"}}, "PutMetricData"),
        NoCredentialsError(),
    ],
)
def test_a_start_that_can_t_be_told_is_a_start_all_the_same(
    caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    with caplog.at_level(logging.WARNING):
        startup.tell(lambda: Away(error), "default", {"fetch": 1}, lambda: 7)

    assert caplog.messages == ["the start is not in the metrics"]


def test_without_a_stacks_name_nothing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(startup, "Thread", None)

    startup.report("", "default", {"fetch": 1})
