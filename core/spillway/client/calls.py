"""Calls of more than one request; none is sent again after `until_s` (the client's clock)."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from spillway.client.answers import read, value
from spillway.client.documents import Job, Place, Uploaded
from spillway.client.requests import encoded, is_too_large, job_path

if TYPE_CHECKING:
    from spillway.client.api import Api
    from spillway.client.requests import Submit
    from spillway.strict_json import Json


def submit(api: Api, asked: Submit, *, body_bytes: int, until_s: float = math.inf) -> Job:
    """Submit; a payload that makes a body of more than `body_bytes` is uploaded first."""
    headers, body = asked.headers(), asked.body()
    if is_too_large(body, body_bytes) and not isinstance(asked.payload, Uploaded):
        body = replace(asked, payload=upload(api, asked.payload, until_s=until_s)).body()
    answer = api.call("POST", "/jobs", headers, body, wait_s=asked.wait_s, until_s=until_s)
    return read(Job.of, answer)


def upload(api: Api, payload: Json, *, until_s: float = math.inf) -> Uploaded:
    """Put a payload where the API says."""
    body = encoded(payload)
    place = read(Place.of, api.call("POST", "/uploads", until_s=until_s))
    api.put(place.upload_url, place.headers, body, until_s=until_s)
    return Uploaded(place.payload_uri)


def result(api: Api, job_id: str, *, until_s: float = math.inf) -> Json:
    """Fetch a result from wherever it lies."""
    answer = api.call("GET", f"{job_path(job_id)}/result", until_s=until_s)
    if answer.status == 302:
        answer = api.get(answer.headers.get("location", ""), until_s=until_s)
    return value(answer)
