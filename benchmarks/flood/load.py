"""Requests from many callers at once, each sent once, and what was answered."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import urllib3
from urllib3.exceptions import HTTPError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from urllib3 import BaseHTTPResponse

ANSWER_S = 40
"""API Gateway answers within 29 s, with or without the function."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What one request was answered, and how long after it was sent.

    `fault` says what is amiss with an answer that is not the API's; status 0 is none at all.
    """

    took_s: float
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    document: Mapping[str, Any] = field(default_factory=dict)
    fault: str = ""

    @property
    def outcome(self) -> str:
        """Its status, what is amiss with it, or both."""
        return ", ".join(filter(None, [str(self.status or ""), self.fault]))

    @property
    def is_accepted(self) -> bool:
        """Whether there is a job now."""
        return self.status == 202 and not self.fault

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
        body = json.dumps(request).encode()
        began_s = time.monotonic()
        try:
            response = pool.request("POST", f"{url}/jobs", body=body, timeout=ANSWER_S)
        except HTTPError as error:
            return Answer(time.monotonic() - began_s, fault=type(error).__name__)
        return _answer(response, time.monotonic() - began_s)

    with pool, ThreadPoolExecutor(callers) as threads:
        return list(threads.map(send, requests))


def _answer(response: BaseHTTPResponse, took_s: float) -> Answer:
    try:
        document = dict(response.json())
    except (TypeError, ValueError):
        return Answer(took_s, response.status, response.headers, fault="no JSON object")
    return Answer(took_s, response.status, response.headers, document)
