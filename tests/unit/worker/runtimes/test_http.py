"""A side-car that speaks SageMaker's container contract."""

from __future__ import annotations

import json
import socket
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Barrier, Thread
from typing import TYPE_CHECKING, Any

import pytest

from spillway.errors import InvalidPayload, ModelLoadFailed, OutOfMemory, PredictionFailed
from tests.unit.worker.runtimes import asking
from worker.runtimes import http

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from worker.runtimes.http import HttpModel


class SideCar(ThreadingHTTPServer):
    """A container of the user's. `pings` are the statuses it gives first; `meeting` makes calls
    wait for each other."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.pings: list[int] = []
        self.seen: list[tuple[str, dict[str, str]]] = []
        self.meeting: Barrier | None = None

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that hangs up is part of the test."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: SideCar

    def do_GET(self) -> None:
        self._answer(self.server.pings.pop(0) if self.server.pings else 200, b"")

    def do_POST(self) -> None:
        self.server.seen.append((self.path, dict(self.headers)))
        payload = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if self.server.meeting:
            self.server.meeting.wait(timeout=5)
        if payload == "hang up":
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
            return
        if isinstance(payload, dict) and "sleep" in payload:
            time.sleep(payload["sleep"])
        if isinstance(payload, dict) and "status" in payload:
            self._answer(payload["status"], payload["body"].encode())
        else:
            self._answer(200, json.dumps({"echo": payload}).encode())

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        if 300 <= status < 400:
            self.send_header("location", "/ping")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None: ...


@pytest.fixture
def side_car() -> Iterator[SideCar]:
    with SideCar() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def model(side_car: SideCar, tmp_path: Path) -> Iterator[HttpModel]:
    model = http.load(tmp_path, {"port": side_car.server_port, "timeoutSeconds": 1})
    yield model
    model.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def test_each_payload_is_one_invocation(side_car: SideCar, model: HttpModel) -> None:
    assert asking.ask(model, [{"a": 1}, "é"]) == [{"echo": {"a": 1}}, {"echo": "é"}]

    assert [path for path, _ in side_car.seen] == ["/invocations"] * 2
    assert side_car.seen[0][1]["content-type"] == "application/json"


def test_a_batchs_payloads_are_sent_at_once(side_car: SideCar, model: HttpModel) -> None:
    side_car.meeting = Barrier(4)

    assert len(asking.ask(model, [1, 2, 3, 4])) == 4


def test_the_model_is_ready_once_ping_answers_200(side_car: SideCar, tmp_path: Path) -> None:
    side_car.pings = [503, 404]

    http.load(tmp_path, {"port": side_car.server_port}).close()

    assert side_car.pings == []


def test_a_side_car_that_never_comes_up_fails_the_load(tmp_path: Path) -> None:
    with pytest.raises(ModelLoadFailed, match=r"did not answer GET /ping.*within 1 s; last: .*ref"):
        http.load(tmp_path, {"port": free_port(), "startupSeconds": 1})


def test_a_side_car_that_stays_sick_fails_the_load(side_car: SideCar, tmp_path: Path) -> None:
    side_car.pings = [500] * 99

    with pytest.raises(ModelLoadFailed, match="last: status 500"):
        http.load(tmp_path, {"port": side_car.server_port, "startupSeconds": 1})


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, InvalidPayload),
        (413, InvalidPayload),
        (415, InvalidPayload),
        (422, InvalidPayload),
        (404, PredictionFailed),
        (429, PredictionFailed),
        (302, PredictionFailed),
        (500, PredictionFailed),
        (503, PredictionFailed),
        (507, OutOfMemory),
    ],
)
def test_a_status_says_who_is_to_blame(
    model: HttpModel, status: int, kind: type[Exception]
) -> None:
    [bad, good] = asking.ask(model, [{"status": status, "body": "why: no"}, 1])

    assert type(bad) is kind
    assert str(bad) == f"the side-car answered {status}: why: no"
    assert good == {"echo": 1}


def test_only_the_start_of_a_long_body_is_quoted(model: HttpModel) -> None:
    [bad] = asking.ask(model, [{"status": 400, "body": "x" * 5000}])

    assert len(str(bad)) < 400


@pytest.mark.parametrize("body", ["", "<html>", "{"])
def test_an_answer_that_is_not_json_fails_the_payload(model: HttpModel, body: str) -> None:
    [bad] = asking.ask(model, [{"status": 200, "body": body}])

    assert isinstance(bad, PredictionFailed)
    assert "the side-car's answer is not JSON" in str(bad)


def test_nan_in_an_answer_fails_the_payload(model: HttpModel) -> None:
    [bad] = asking.ask(model, [{"status": 200, "body": '{"score": NaN}'}])

    assert isinstance(bad, PredictionFailed)


def test_a_slow_side_car_fails_the_payload_alone(model: HttpModel) -> None:
    [bad, good] = asking.ask(model, [{"sleep": 1.5}, 1])

    assert isinstance(bad, PredictionFailed)
    assert "timed out" in str(bad)
    assert good == {"echo": 1}


def test_a_side_car_that_hangs_up_fails_the_payload_alone(model: HttpModel) -> None:
    [bad, good] = asking.ask(model, ["hang up", 1])

    assert isinstance(bad, PredictionFailed)
    assert str(bad).startswith("the side-car did not answer: ")
    assert good == {"echo": 1}


def test_options_have_defaults() -> None:
    assert http.read_options({}) == http.Options(8080, 60, 300, 8)


def test_bad_options_are_told_together() -> None:
    with pytest.raises(ModelLoadFailed) as caught:
        http.read_options({"port": 0, "timeoutSeconds": "60", "concurrency": True, "host": "x"})

    assert str(caught.value) == (
        "options.host: unknown; "
        "options.port: expected 1 to 65535, got 0; "
        "options.timeoutSeconds: expected a whole number, got text; "
        "options.concurrency: expected a whole number, got a boolean"
    )
