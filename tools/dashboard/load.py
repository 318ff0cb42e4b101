"""A quarter of an hour of a system's life: steady load, floods, a lost worker, strangers' mail.

Each job of the steady load is told to a webhook, of which one in five answers 500.
"""

from __future__ import annotations

import os
import random
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import urllib3

from tools.dashboard.sampling import Call

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from spillway_cli.target import Target
    from tools.dashboard.sampling import Calls

CALLERS = 8
PACE_S = 0.5
"""Between two jobs of the steady load."""
FLOOD = 800
WORDS = ("queue", "model", "answer", "river", "stone", "vector", "letter", "morning", "harbour")


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happens once, at a minute of the story."""

    minute: float
    name: str
    happen: Callable[[], None]


class Callers:
    """Tenants that submit jobs and ask for them, each call noted; `hook` takes webhooks."""

    def __init__(self, url: str, key: str, hook: str, calls: Calls) -> None:
        self._url, self._hook, self._calls = url, hook, calls
        self._headers = {"x-api-key": key, "content-type": "application/json"}
        self._http = urllib3.PoolManager(maxsize=CALLERS, retries=False, timeout=60)
        self._pool = ThreadPoolExecutor(CALLERS)

    def submit(self) -> None:
        """Submit a job that a webhook is told of, and ask for it once, without waiting."""
        self._pool.submit(self._submit)

    def flood(self, count: int) -> None:
        """Submit as many as the callers can, side by side."""
        for _ in range(count):
            self._pool.submit(self._call, "POST", "/jobs", _document())

    def mistake(self, count: int) -> None:
        """Send requests that are refused."""
        for _ in range(count):
            self._pool.submit(self._call, "POST", "/jobs", {"payload": 1, "ttlSeconds": 5})

    def close(self) -> None:
        """Wait for all that is under way."""
        self._pool.shutdown()

    def _submit(self) -> None:
        url = random.choice((*4 * (self._hook,), f"{self._hook}/500"))  # noqa: S311 - no secret
        webhook = {"type": "webhook", "url": url}
        job = self._call("POST", "/jobs", {**_document(), "destination": webhook})
        time.sleep(PACE_S)
        if "jobId" in job:
            self._call("GET", f"/jobs/{job['jobId']}", None)

    def _call(self, method: str, path: str, document: object) -> Any:  # noqa: ANN401 - any JSON
        began_s = time.monotonic()
        answer = self._http.request(method, self._url + path, json=document, headers=self._headers)
        latency_ms = 1000 * (time.monotonic() - began_s)
        self._calls.add(Call(method == "POST", answer.status, latency_ms))
        return answer.json()


class Operator:
    """Who can do worse than a caller."""

    def __init__(self, target: Target, folder: Path) -> None:
        self._target, self._folder = target, folder

    def kill_a_worker(self) -> None:
        """End a worker amid its work, as a host that fails does."""
        pids = [int(path.read_text()) for path in self._folder.glob("tasks/*/pid")]
        os.kill(pids[0], signal.SIGKILL)

    def send_strangers_mail(self) -> None:
        """Put into the queue what is no message of Spillway's."""
        sqs, name = self._target.aws("sqs"), f"{self._target.stack_name}_default"
        url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
        for number in range(3):
            sqs.send_message(QueueUrl=url, MessageBody=f"hello {number}")


def story(callers: Callers, operator: Operator) -> list[Event]:
    """What happens when."""
    return [
        Event(1.5, "mistaken requests", lambda: callers.mistake(20)),
        Event(3, "a flood", lambda: callers.flood(FLOOD)),
        Event(3.4, "a worker is killed", operator.kill_a_worker),
        Event(8, "another flood", lambda: callers.flood(FLOOD)),
        Event(10.5, "strangers' mail", operator.send_strangers_mail),
    ]


def _document() -> dict[str, Any]:
    return {"payload": {"text": " ".join(random.choices(WORDS, k=8))}}  # noqa: S311 - no secret
