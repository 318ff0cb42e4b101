"""Whatever becomes of a request, the flood goes on and tells it."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from benchmarks.flood import load
from benchmarks.flood.__main__ import _answered

if TYPE_CHECKING:
    from collections.abc import Iterator


class Api(BaseHTTPRequestHandler):
    """Answers each request as its payload says, `late` once the test is over."""

    over: threading.Event

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))["payload"]
        if asked == "late":
            self.over.wait()
        elif asked != "none":
            status, body = asked
            self.send_response(status)
            self.send_header("Retry-After", "1")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def url() -> Iterator[str]:
    Api.over = threading.Event()
    with ThreadingHTTPServer(("127.0.0.1", 0), Api) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        yield f"http://127.0.0.1:{server.server_port}"
        Api.over.set()
        server.shutdown()
        serving.join()


ASKED = ["none", (202, '{"jobId": "a"}'), "late", (504, "<html>"), (429, "[1]"), (429, "{}")]


def test_each_request_has_an_outcome(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "ANSWER_S", 0.2)

    answers = load.flood(url, "key", [{"payload": asked} for asked in ASKED], callers=2)

    assert [answer.outcome for answer in answers] == [
        "ProtocolError",
        "202",
        "ReadTimeoutError",
        "504, no JSON object",
        "429, no JSON object",
        "429",
    ]
    assert [answer.job_id for answer in answers if answer.is_accepted] == ["a"]


def test_the_table_has_a_line_for_each_outcome_and_counts_what_is_no_plain_refusal() -> None:
    header = {"retry-after": "1"}
    answers = [
        load.Answer(0.1, fault="ReadTimeoutError"),
        load.Answer(0.1, 429, header),
        load.Answer(0.1, 429, header, fault="no JSON object"),
        load.Answer(0.1, 202, {}, {"jobId": "a"}),
        load.Answer(0.3, 202, {}, {"jobId": "b"}),
    ]

    counts = {str(name).strip(): str(value).split()[0] for name, value in _answered(answers)}

    assert counts == {
        "202": "2",
        "429": "1",
        "429, no JSON object": "1",
        "ReadTimeoutError": "1",
        "refused without Retry-After, or otherwise": "2",
    }
