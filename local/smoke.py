"""The first job, as a caller would send it, and the lines that send the next ones."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, Request, build_opener

from local.failure import StartFailed
from tools.excerpt import excerpt

if TYPE_CHECKING:
    from collections.abc import Mapping

WAIT_S = 25
TIMEOUT_S = 60
POLL_S = 0.5
JOB_ID = "JOB_ID"
ENDED = {"SUCCEEDED", "FAILED", "CANCELLED", "EXPIRED"}


@dataclass(frozen=True)
class Api:
    """The API as a caller has it: its address and a key."""

    url: str
    key: str

    def call(self, method: str, path: str, body: object = None, **headers: str) -> tuple[int, Any]:
        """Return the status and the JSON answered; `StartFailed` where there is no answer."""
        data = None if body is None else json.dumps(body).encode()
        request = Request(f"{self.url}{path}", data=data, method=method)  # noqa: S310 - loopback
        request.add_header("x-api-key", self.key)
        request.add_header("content-type", "application/json")
        for name, value in headers.items():
            request.add_header(name, value)
        try:
            with build_opener(ProxyHandler({})).open(request, timeout=WAIT_S + 10) as reply:
                return reply.status, _json(reply.read())
        except HTTPError as error:
            return error.code, _json(error.read())
        except (URLError, OSError) as error:
            raise StartFailed(f"{method} {path}: no answer: {error}") from None


def send(api: Api, payload: Any, timeout_s: float = TIMEOUT_S) -> dict[str, Any]:  # noqa: ANN401
    """Send one job and return it ended; raise `StartFailed` if it did not succeed in time."""
    deadline_s = time.monotonic() + timeout_s
    status, job = api.call("POST", "/jobs", {"payload": payload}, Prefer=f"wait={WAIT_S}")
    if status not in {200, 202}:
        raise StartFailed(f"the first job was refused: {status} {excerpt(job)}")
    job_id = job["jobId"]
    while job.get("status") not in ENDED and time.monotonic() < deadline_s:
        time.sleep(POLL_S)
        status, job = api.call("GET", f"/jobs/{job_id}")
        if status != 200:
            raise StartFailed(f"asking for the first job gave {status} {excerpt(job)}")
    if job.get("status") != "SUCCEEDED":
        fault = job.get("error") or f"still {job.get('status')} after {timeout_s:.0f} s"
        raise StartFailed(f"the first job did not succeed: {excerpt(fault)}")
    return dict(job)


def answer(api: Api, job: Mapping[str, Any]) -> str:
    """Return the job's result in one line, long lists of numbers cut."""
    status, result = api.call("GET", f"/jobs/{job['jobId']}/result")
    if status != 200:
        raise StartFailed(f"asking for the first job's result gave {status} {excerpt(result)}")
    return excerpt(result)


def curls(
    api: Api,
    job_id: str | None,
    payload: Any,  # noqa: ANN401 - any JSON
    *,
    receiver: str,
) -> list[str]:
    """Return four lines for a shell: submit, get, result, and submit with a webhook.

    Where no job was sent yet, a word between them says what stands for its id.
    """
    key = f"-H 'x-api-key: {api.key}'"
    word = [] if job_id else [f"# below, put the first answer's jobId in the place of {JOB_ID}:"]
    job = f"{api.url}/jobs/{job_id or JOB_ID}"
    webhook = {"type": "webhook", "url": f"{receiver}hook"}
    return [
        _submit(api, {"payload": payload}),
        *word,
        f"curl -s {job} {key}",
        f"curl -sL {job}/result {key}",
        _submit(api, {"payload": payload, "destination": webhook}),
    ]


def _submit(api: Api, request: object) -> str:
    body = json.dumps(request).replace("'", "\\u0027")
    headers = f"-H 'x-api-key: {api.key}' -H 'content-type: application/json'"
    return f"curl -s {api.url}/jobs {headers} -d '{body}'"


def _json(body: bytes) -> Any:  # noqa: ANN401 - any JSON
    try:
        return json.loads(body)
    except ValueError:
        return body.decode(errors="replace")
