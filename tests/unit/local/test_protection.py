from __future__ import annotations

import json
from typing import Any

import pytest

from local.front import Request
from local.protection import PATH, Protections, protection_reply

TASK = "arn:aws:ecs:us-east-1:000000000000:task/spillway/1"


class Clock:
    now_s = 1_000_000.0

    def __call__(self) -> float:
        return self.now_s


def ask(protections: Protections, method: str, body: Any = None) -> tuple[int, Any]:
    request = Request(method, PATH, {}, json.dumps(body).encode())
    reply = protection_reply(protections, TASK, request)
    return reply.status, json.loads(reply.body)


def test_a_task_is_not_protected_at_first() -> None:
    status, answer = ask(Protections(Clock()), "GET")

    assert status == 200
    assert answer == {
        "protection": {"ExpirationDate": None, "ProtectionEnabled": False, "TaskArn": TASK}
    }


def test_protection_holds_for_the_time_asked_for() -> None:
    clock = Clock()
    protections = Protections(clock)

    _, answer = ask(protections, "PUT", {"ProtectionEnabled": True, "ExpiresInMinutes": 1})
    assert answer["protection"]["ExpirationDate"] == "1970-01-12T13:47:40.000Z"
    assert protections.holds(TASK)

    clock.now_s += 60
    assert not protections.holds(TASK)


def test_protection_lasts_two_hours_where_no_time_is_said() -> None:
    clock = Clock()
    protections = Protections(clock)

    ask(protections, "PUT", {"ProtectionEnabled": True})

    assert protections.until_s(TASK) == clock.now_s + 7200


def test_no_more_tasks_are_protected_than_are_desired() -> None:
    # Given a service of which one task is desired, and another one is protected
    clock = Clock()
    protections = Protections(clock, peers=lambda _task_arn: (1, ["other"]))
    protections.set("other", 1)

    # Then ECS refuses, in a 200
    assert ask(protections, "PUT", {"ProtectionEnabled": True}) == (
        200,
        {"failure": {"Arn": TASK, "Detail": None, "Reason": "DEPLOYMENT_BLOCKED"}},
    )
    assert not protections.holds(TASK)

    # Until the other's protection ends
    clock.now_s += 60
    assert "protection" in ask(protections, "PUT", {"ProtectionEnabled": True})[1]


def test_ending_a_protection_is_never_refused() -> None:
    protections = Protections(Clock(), peers=lambda _task_arn: (0, []))

    status, answer = ask(protections, "PUT", {"ProtectionEnabled": False})

    assert (status, answer["protection"]["ProtectionEnabled"]) == (200, False)


def test_protection_can_be_dropped() -> None:
    protections = Protections(Clock())

    ask(protections, "PUT", {"ProtectionEnabled": True})
    ask(protections, "PUT", {"ProtectionEnabled": False})

    assert not protections.holds(TASK)


@pytest.mark.parametrize(
    "body", [{}, [], None, {"ProtectionEnabled": True, "ExpiresInMinutes": 2881}]
)
def test_what_ecs_would_refuse_is_refused(body: Any) -> None:
    protections = Protections(Clock())

    status, answer = ask(protections, "PUT", body)

    assert (status, answer["error"]["Code"]) == (400, "InvalidParameterException")
    assert not protections.holds(TASK)
