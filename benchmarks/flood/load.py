"""Requests from many callers at once, each sent once, and what was answered."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import urllib3

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ANSWER_S = 40
"""API Gateway answers within 29 s, with or without the function."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What one request was answered, and how long after it was sent."""

    status: int
    headers: Mapping[str, str]
    document: Mapping[str, Any]
    took_s: float

    @property
    def is_accepted(self) -> bool:
        """Whether there is a job now."""
        return self.status == 202

    @property
    def job_id(self) -> str:
        """The accepted job's id."""
        return str(self.document["jobId"])

    @property
    def retry_after(self) -> str | None:
        """When to come back, as it was said."""
        return self.headers.get("retry-after")


def flood(
    url: str, key: str, requests: Sequence[Mapping[str, Any]], *, callers: int
) -> list[Answer]:
    """Send all requests, `callers` at a time and none twice; return the answers in their order."""
    headers = {"x-api-key": key, "content-type": "application/json"}
    pool = urllib3.PoolManager(maxsize=callers, block=True, headers=headers, retries=False)

    def send(request: Mapping[str, Any]) -> Answer:
        began_s = time.monotonic()
        answer = pool.request(
            "POST", f"{url}/jobs", body=json.dumps(request).encode(), timeout=ANSWER_S
        )
        return Answer(answer.status, answer.headers, answer.json(), time.monotonic() - began_s)

    with pool, ThreadPoolExecutor(callers) as threads:
        return list(threads.map(send, requests))
