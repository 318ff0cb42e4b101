"""ECS's agent: what it is asked, and what its answers mean."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
import urllib3

from local.protection import Protections, protection_reply
from spillway.errors import Unavailable
from tests.unit.core.light.server import HANG, reply, serving
from worker import agent
from worker.agent import EcsAgent, NoAgent

if TYPE_CHECKING:
    from collections.abc import Iterator

TASK = "arn:aws:ecs:us-east-1:000000000000:task/spillway/1"
PROTECTED = reply(200, json.dumps({"protection": {"ProtectionEnabled": True}}).encode())


@contextmanager
def asked_of(*script: bytes | None) -> Iterator[tuple[EcsAgent, Any]]:
    with serving(*script) as server:
        one = EcsAgent(f"{server.url}/api/task-1")
        try:
            yield one, server
        finally:
            one.close()


def refusal(status: int, **document: Any) -> bytes:
    return reply(status, json.dumps(document).encode())


def test_protection_is_asked_for_in_minutes() -> None:
    with asked_of(PROTECTED) as (one, server):
        one.protect(30)

    (asked,) = server.asked
    assert asked.line == "PUT /api/task-1/task-protection/v1/state HTTP/1.1"
    assert asked.headers["content-type"] == "application/json"
    assert json.loads(asked.body) == {"ProtectionEnabled": True, "ExpiresInMinutes": 30}


def test_protection_is_dropped() -> None:
    with asked_of(PROTECTED) as (one, server):
        one.protect(None)

    assert json.loads(server.asked[0].body) == {"ProtectionEnabled": False}


@pytest.mark.parametrize(
    ("answered", "why"),
    [
        (refusal(200, failure={"Arn": TASK, "Reason": "TASK_NOT_VALID"}), "TASK_NOT_VALID"),
        (
            refusal(200, failure={"Arn": TASK, "Detail": None, "Reason": "DEPLOYMENT_BLOCKED"}),
            "DEPLOYMENT_BLOCKED",
        ),
        (refusal(400, error={"Code": "AccessDeniedException"}), "AccessDeniedException"),
        (refusal(429, error={"Code": "ThrottlingException"}), "ThrottlingException"),
        (refusal(504, error={"Code": "RequestCanceled"}), "RequestCanceled"),
        (refusal(500), "status 500"),
        (reply(200, b"<html>"), "not JSON"),
        (reply(302, b"", "location: /elsewhere"), "302"),
        (None, "ECS's agent"),
    ],
)
def test_whatever_else_it_answers_the_task_is_not_as_wanted(
    answered: bytes | None, why: str
) -> None:
    with asked_of(answered) as (one, _), pytest.raises(Unavailable, match=why):
        one.protect(30)


def test_a_silent_agent_is_waited_for_a_moment_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agent, "TIMEOUT", urllib3.Timeout(connect=1, read=0.05))

    with asked_of(HANG) as (one, _), pytest.raises(Unavailable):
        one.protect(30)


def test_where_there_is_no_agent_nothing_is_asked() -> None:
    none = agent.agent("")

    assert isinstance(none, NoAgent)
    none.protect(30)


def test_the_local_agent_keeps_what_it_is_asked() -> None:
    protections = Protections()
    with local_agent(protections) as uri:
        one = EcsAgent(uri)
        one.protect(30)
        assert protections.holds(TASK)
        one.protect(None)
        assert not protections.holds(TASK)
        with pytest.raises(Unavailable, match="InvalidParameterException"):
            one.protect(2881)
        one.close()


def test_the_local_agent_protects_no_more_tasks_than_are_desired() -> None:
    protections = Protections(peers=lambda _task_arn: (1, ["other"]))
    protections.set("other", 30)
    with local_agent(protections) as uri:
        one = EcsAgent(uri)
        with pytest.raises(Unavailable, match="DEPLOYMENT_BLOCKED"):
            one.protect(30)
        protections.set("other", None)
        one.protect(30)
        one.close()

    assert protections.holds(TASK)


@contextmanager
def local_agent(protections: Protections) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            request: Any = SimpleNamespace(method="PUT", body=body)
            answered = protection_reply(protections, TASK, request)
            self.send_response(answered.status)
            self.send_header("content-length", str(len(answered.body)))
            self.end_headers()
            self.wfile.write(answered.body)

        def log_message(self, *_: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()
