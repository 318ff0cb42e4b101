"""ECS's agent beside the task, which protects it from scale-in.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-scale-in-protection-endpoint.html
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Protocol

import urllib3

from spillway.errors import Unavailable

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse

PATH = "/task-protection/v1/state"
TIMEOUT = urllib3.Timeout(connect=1, read=5)
"""The agent says itself when ECS does not answer, after some seconds."""


class ScaleIn(Protocol):
    """What may be said about a task's end by scale-in."""

    def protect(self, minutes: int | None) -> None:
        """Keep the task for so long, None: no longer; raise `Unavailable` where that fails."""


class EcsAgent:
    """The agent at `$ECS_AGENT_URI`."""

    def __init__(self, uri: str) -> None:
        self._url = uri.rstrip("/") + PATH
        self._pool = urllib3.PoolManager(timeout=TIMEOUT, retries=False)

    def protect(self, minutes: int | None) -> None:
        """Ask for it; ECS's agent asks ECS at once."""
        try:
            answer = self._pool.request("PUT", self._url, json=_wanted(minutes))
        except urllib3.exceptions.HTTPError as error:
            raise _unavailable(str(error)) from error
        if (why := _failure(answer)) is not None:
            raise _unavailable(why)

    def close(self) -> None:
        """Close the connection."""
        self._pool.clear()


class NoAgent:
    """No ECS: nobody scales this worker in."""

    def protect(self, minutes: int | None) -> None:
        """Do nothing."""


def agent(uri: str) -> ScaleIn:
    """The agent at this address; where there is none, none."""
    return EcsAgent(uri) if uri else NoAgent()


def _wanted(minutes: int | None) -> dict[str, Any]:
    if minutes is None:
        return {"ProtectionEnabled": False}
    return {"ProtectionEnabled": True, "ExpiresInMinutes": minutes}


def _failure(answer: BaseHTTPResponse) -> str | None:
    """Why the task is not as wanted. ECS's refusals come as a `failure`, whatever the status."""
    try:
        told = json.loads(answer.data)
    except ValueError:
        told = None
    if not isinstance(told, dict):
        return f"status {answer.status}, not JSON"
    if answer.status == 200 and "protection" in told:
        return None
    fault = told.get("failure") or told.get("error") or {}
    return str(fault.get("Reason") or fault.get("Code") or f"status {answer.status}")


def _unavailable(why: str) -> Unavailable:
    return Unavailable("dependency-unavailable", f"ECS's agent: {why}")
