"""What a client is tested on without sockets: the API's own handlers, or answers as scripted."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import urllib3
from urllib3.exceptions import HTTPError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from tests.unit.api.system import System

URL = "https://api.example/v1"
JOB = {
    "jobId": "job-1",
    "status": "QUEUED",
    "model": "default",
    "createdAt": "2026-11-22T06:00:00.000Z",
    "links": {"self": "/v1/jobs/job-1"},
}


@dataclass(frozen=True)
class Sent:
    """A request as the transport got it; the names of headers in lower case."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None
    timeout: urllib3.Timeout


@dataclass
class VirtualClock:
    """Time that passes only where somebody sleeps."""

    now_s: float = 0
    pauses_s: list[float] = field(default_factory=list)

    def monotonic(self) -> float:
        return self.now_s

    def sleep(self, seconds: float, /) -> None:
        self.pauses_s.append(seconds)
        self.now_s += seconds


class Transport:
    """Notes what is sent; `answer` answers."""

    def __init__(self, answer: Callable[[Sent], urllib3.BaseHTTPResponse]) -> None:
        self.sent: list[Sent] = []
        self.is_open = True
        self._answer = answer

    def request(
        self,
        method: str,
        url: str,
        body: bytes | None = None,
        *,
        headers: Mapping[str, str],
        timeout: urllib3.Timeout,
        **options: object,
    ) -> urllib3.BaseHTTPResponse:
        # urllib3 neither repeats nor follows: a key must not go where an answer points.
        assert options == {"retries": False, "redirect": False}
        lower = {name.lower(): value for name, value in headers.items()}
        self.sent.append(Sent(method, url, lower, body, timeout))
        return self._answer(self.sent[-1])

    def clear(self) -> None:
        self.is_open = False


def scripted(*outcomes: urllib3.BaseHTTPResponse | HTTPError) -> Transport:
    """A transport that gives these one by one, the last of them for ever."""
    left = list(outcomes)

    def answer(_sent: Sent) -> urllib3.BaseHTTPResponse:
        outcome = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(outcome, HTTPError):
            raise outcome
        return outcome

    return Transport(answer)


def reply(status: int, document: Any = None, **headers: str) -> urllib3.HTTPResponse:
    """An answer; a problem document where its status is 400 or more."""
    media = "application/json" if status < 400 else "application/problem+json"
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    body = b"" if document is None else json.dumps(document).encode()
    return urllib3.HTTPResponse(body, {"content-type": media, **named}, status)


def problem(
    status: int, slug: str = "some-problem", detail: str = "no", **headers: str
) -> urllib3.HTTPResponse:
    """A refusal."""
    kind = f"https://spillway.dev/problems/{slug}"
    document = {"type": kind, "title": "No", "status": status, "detail": detail}
    return reply(status, document, **headers)


def on_handlers(system: System) -> Transport:
    """The API's handlers, and the buckets behind their presigned addresses."""
    buckets = {"inputs.example": system.inputs, "results.example": system.results}

    def answer(sent: Sent) -> urllib3.BaseHTTPResponse:
        at = urlsplit(sent.url)
        if at.hostname not in buckets:
            return _handled(system, sent)
        bucket, key = buckets[at.hostname], at.path.removeprefix("/")
        if sent.method == "GET":
            return urllib3.HTTPResponse(bucket.get(key), {}, 200)
        bucket.put(key, sent.body or b"")
        return urllib3.HTTPResponse(b"", {}, 200)

    return Transport(answer)


def _handled(system: System, sent: Sent) -> urllib3.HTTPResponse:
    at = urlsplit(sent.url)
    said = system.call(
        sent.method,
        at.path.removeprefix("/v1"),
        sent.body.decode() if sent.body else None,
        key=sent.headers["x-api-key"],
        headers=dict(sent.headers),
        query=dict(parse_qsl(at.query)),
    )
    return urllib3.HTTPResponse(json.dumps(said.body).encode(), said.headers, said.status)


def keys(sent: Iterable[Sent]) -> list[str | None]:
    """The idempotency key of each request."""
    return [each.headers.get("idempotency-key") for each in sent]
