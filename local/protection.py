"""Which tasks are protected from scale-in: ECS's endpoint for tasks, and its two API calls.

MiniStack's own calls answer with empty lists. Here a task's protection is kept until it ends or
expires; who stops tasks to scale in must ask `Protections.holds`. ECS does not say exactly when it
refuses to protect more tasks than are desired; here it does so always, to renew as well:
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-scale-in-protection.html
"""

from __future__ import annotations

import json
import threading
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from local import compatibility
from local.front import Reply

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from local.front import Request

    type Peers = Callable[[str], tuple[int, Sequence[str]]]

PATH = "/task-protection/v1/state"
DEFAULT_MINUTES, LONGEST_MINUTES = 120, 2880
BLOCKED = "DEPLOYMENT_BLOCKED"


class Refused(Exception):
    """ECS does not protect the task; the text is its reason, one of its own words."""


class Protections:
    """The protected tasks, by ARN, each with the instant (epoch s) when its protection ends.

    `peers` tells the desired count of a task's service, and that service's other tasks.
    """

    def __init__(
        self,
        now_s: Callable[[], float] = time.time,
        peers: Peers = lambda _task_arn: (1, ()),
    ) -> None:
        self._now_s = now_s
        self._peers = peers
        self._until_s: dict[str, float] = {}
        self._lock = threading.Lock()

    def set(self, task_arn: str, minutes: int | None) -> None:
        """Protect a task for some minutes, or raise `Refused`; None ends its protection."""
        desired, others = self._peers(task_arn)
        with self._lock:
            if minutes is not None and sum(map(self._is_protected, others)) >= desired:
                raise Refused(BLOCKED)
            self._until_s.pop(task_arn, None)
            if minutes is not None:
                self._until_s[task_arn] = self._now_s() + 60 * minutes

    def until_s(self, task_arn: str) -> float | None:
        """Return when the protection ends (epoch s), None where there is none."""
        with self._lock:
            return self._until_s[task_arn] if self._is_protected(task_arn) else None

    def holds(self, task_arn: str) -> bool:
        """Tell whether a scale-in must leave this task alone."""
        return self.until_s(task_arn) is not None

    def _is_protected(self, task_arn: str) -> bool:
        return self._until_s.get(task_arn, 0.0) > self._now_s()


def protection_reply(protections: Protections, task_arn: str, request: Request) -> Reply:
    """Answer GET and PUT of `$ECS_AGENT_URI/task-protection/v1/state`."""
    if request.method == "PUT":
        try:
            wanted = _wanted(request.body)
        except ValueError as error:
            return _json(400, _error(task_arn, "InvalidParameterException", str(error)))
        try:
            protections.set(task_arn, wanted)
        except Refused as why:
            return _json(200, {"failure": _failure(task_arn, str(why))})
    elif request.method != "GET":
        return _json(405, _error(task_arn, "InvalidRequest", "only GET and PUT"))
    return _json(200, {"protection": _state(protections, task_arn)})


def install(protections: Protections) -> None:
    """Have UpdateTaskProtection and GetTaskProtection say and set what the endpoint does."""

    def answer(arns: list[str], reasons: dict[str, str]) -> Any:  # noqa: ANN401 - MiniStack's
        tasks = [_described(protections, arn) for arn in arns if arn not in reasons]
        failures = [{"arn": arn, "reason": reason} for arn, reason in reasons.items()]
        reply = {"protectedTasks": tasks, "failures": failures}
        return compatibility.name("core.responses.json_response")(reply)

    def update(data: dict[str, Any]) -> Any:  # noqa: ANN401
        minutes = int(data.get("expiresInMinutes") or DEFAULT_MINUTES)
        reasons: dict[str, str] = {}
        for arn in data.get("tasks", []):
            try:
                protections.set(arn, minutes if data.get("protectionEnabled") else None)
            except Refused as why:
                reasons[arn] = str(why)
        return answer(data.get("tasks", []), reasons)

    def get(data: dict[str, Any]) -> Any:  # noqa: ANN401
        return answer(data.get("tasks", []), {})

    actions = compatibility.name("services.ecs._ACTION_MAP")
    actions.update(UpdateTaskProtection=update, GetTaskProtection=get)


def _wanted(body: bytes) -> int | None:
    """Return the minutes that a PUT asks for, None to end; raise ValueError for another body."""
    asked = json.loads(body)
    enabled = asked.get("ProtectionEnabled") if isinstance(asked, dict) else None
    if enabled not in (True, False):
        raise ValueError("ProtectionEnabled must be true or false")
    minutes = asked.get("ExpiresInMinutes") or DEFAULT_MINUTES
    if minutes not in range(1, LONGEST_MINUTES + 1):
        raise ValueError(f"ExpiresInMinutes must be from 1 to {LONGEST_MINUTES}")
    return int(minutes) if enabled else None


def _state(protections: Protections, task_arn: str) -> dict[str, Any]:
    until_s = protections.until_s(task_arn)
    end = datetime.fromtimestamp(until_s, UTC) if until_s else None
    return {
        "ExpirationDate": end.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        if end
        else None,
        "ProtectionEnabled": end is not None,
        "TaskArn": task_arn,
    }


def _described(protections: Protections, task_arn: str) -> dict[str, Any]:
    until_s = protections.until_s(task_arn)
    described = {"taskArn": task_arn, "protectionEnabled": until_s is not None}
    return described | ({"expirationDate": until_s} if until_s else {})


def _error(task_arn: str, code: str, message: str) -> dict[str, Any]:
    return {"requestID": "local", "error": {"Arn": task_arn, "Code": code, "Message": message}}


def _failure(task_arn: str, reason: str) -> dict[str, Any]:
    return {"Arn": task_arn, "Detail": None, "Reason": reason}


def _json(status: int, document: dict[str, Any]) -> Reply:
    return Reply(status, {"content-type": "application/json"}, json.dumps(document).encode())
