"""`make bench-flood`: a flood over a running system's limit, sent once, and by a patient client.

The system is the one that `make run` has announced; the emulator starts a process for each caller.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles
from typing import TYPE_CHECKING, Any

import boto3

import spillway
from benchmarks.flood import tenant
from benchmarks.flood.limits import Throttle
from benchmarks.flood.load import flood
from local.environment import ROOT_KEY, ROOT_SECRET

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from benchmarks.flood.load import Answer

ENDPOINT = Path(os.environ.get("LOCAL_DIR") or ".local") / "endpoint.json"
REFUSALS = {429, 503}
DONE_S = 600
type Row = tuple[str, object]


@dataclass(frozen=True, slots=True)
class Load:
    """How many requests, from how many callers, against which limit."""

    requests: int
    callers: int
    throttle: Throttle

    def payloads(self, label: str) -> list[Any]:
        """So many payloads, none like another."""
        return [{"text": f"{label} {number}"} for number in range(self.requests)]


def main() -> None:
    """Send both floods and print what became of them."""
    load = _load()
    if not ENDPOINT.is_file():
        sys.exit(f"{ENDPOINT}: no system is running; start one with `make run`")
    system = json.loads(ENDPOINT.read_text(encoding="utf-8"))
    _print(
        f"{load.requests:,} requests from {load.callers} callers, over a limit of "
        f"{load.throttle.rate} a second and {load.throttle.burst} at once",
        [*_sent_once(system, load), *_sent_until_accepted(system, load)],
    )


def _sent_once(system: Mapping[str, str], load: Load) -> Iterable[Row]:
    key = _tenant(system, "hasty", load.throttle)
    requests = [{"payload": payload} for payload in load.payloads("once")]
    began_s = time.monotonic()
    answers = flood(system["url"], key, requests, callers=load.callers)
    took_s = time.monotonic() - began_s
    accepted = {answer.job_id for answer in answers if answer.is_accepted}
    with spillway.Client(system["url"], key=key) as client:
        yield "each sent once", ""
        yield "  answers a second", f"{len(answers) / took_s:.0f}"
        yield from _answered(answers)
        yield "  jobs in the tenant's list", f"{len(listed := list(client.list())):,}"
        yield "  accepted and not listed", len(accepted - {job.job_id for job in listed})
        yield "  accepted and succeeded", f"{_succeeded(client, accepted):,}"


def _answered(answers: Sequence[Answer]) -> Iterable[Row]:
    for outcome, count in sorted(Counter(answer.outcome for answer in answers).items()):
        times_ms = [answer.took_s * 1_000 for answer in answers if answer.outcome == outcome]
        *_, p99 = quantiles(times_ms, n=100) if len(times_ms) > 1 else times_ms
        middle = sorted(times_ms)[len(times_ms) // 2]
        yield f"  {outcome}", f"{count:,} (p50 {middle:.0f} ms, p99 {p99:.0f} ms)"
    refused = [answer for answer in answers if not answer.is_accepted]
    unexplained = [
        answer
        for answer in refused
        if answer.fault or answer.status not in REFUSALS or not (answer.retry_after or "").isdigit()
    ]
    yield "  refused without Retry-After, or otherwise", len(unexplained)


def _sent_until_accepted(system: Mapping[str, str], load: Load) -> Iterable[Row]:
    key = _tenant(system, "patient", load.throttle)
    payloads = load.payloads("again")
    limits = spillway.Limits(connections=load.callers)
    began_s = time.monotonic()
    with spillway.Client(system["url"], key=key, limits=limits) as client:
        answers = list(client.submit_many(payloads))
        accepted = [answer.job_id for answer in answers if isinstance(answer, spillway.Job)]
        yield "sent by spillway.Client, again where refused", ""
        yield "  all accepted after", f"{time.monotonic() - began_s:.0f} s"
        yield "  given up", len(answers) - len(accepted)
        yield "  distinct jobs", f"{len(set(accepted)):,}"
        yield "  succeeded", f"{_succeeded(client, accepted):,}"
        yield "  all ended after", f"{time.monotonic() - began_s:.0f} s"


def _succeeded(client: spillway.Client, job_ids: Iterable[str]) -> int:
    ended = (client.wait(job_id, within_s=DONE_S) for job_id in job_ids)
    return sum(job.status is spillway.Status.SUCCEEDED for job in ended)


def _tenant(system: Mapping[str, str], name: str, throttle: Throttle) -> str:
    apigateway = boto3.client(
        "apigateway",
        endpoint_url=system["endpointUrl"],
        region_name=system["region"],
        aws_access_key_id=ROOT_KEY,
        aws_secret_access_key=ROOT_SECRET,
    )
    # A name of its own for each run, so that a bucket of tokens is full and a list empty.
    return tenant.create(apigateway, system["stack"], f"{name}-{time.time_ns()}", throttle)


def _print(title: str, rows: Iterable[Row]) -> None:
    sys.stdout.write(f"{title}\n")
    for name, value in rows:
        sys.stdout.write(f"{name:<46}{value}".rstrip() + "\n")


def _load() -> Load:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.flood", description=__doc__)
    parser.add_argument("--requests", type=int, default=1_000)
    parser.add_argument("--callers", type=int, default=8)
    parser.add_argument("--rate", type=int, default=40, help="requests a second that one key has")
    given = parser.parse_args()
    return Load(given.requests, given.callers, Throttle(given.rate, given.rate))


if __name__ == "__main__":
    main()
