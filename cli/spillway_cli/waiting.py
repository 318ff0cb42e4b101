"""Waiting for a job that was submitted: live where somebody looks on, then its result."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from spillway.client import Rejected, Status, Unreachable
from spillway_cli.exits import CommandFailed, Exit, exit_of

if TYPE_CHECKING:
    from spillway.client import Client, Job
    from spillway_cli.output import Output


def within_s(*, wait: bool, within_s: float | None) -> float | None:
    """How long to wait: not at all, without end, or as long as was said."""
    if within_s is None:
        return math.inf if wait else None
    return max(0, within_s)


def follow(client: Client, output: Output, job: Job, within_s: float) -> None:
    """Wait and print the result; raises `JobFailed` or `Unfinished`."""
    try:
        ended = _ended(client, output, job, within_s)
    except (KeyboardInterrupt, Rejected, Unreachable) as error:
        text = f"{str(error) or 'interrupted'}; job {job.job_id} goes on"
        raise CommandFailed(text, exit_of(error) or Exit.UNAVAILABLE) from error
    ended = with_result(client, ended)
    if output.is_json:
        output.json(whole(ended))
    ended.raise_for_status()
    if not output.is_json:
        output.json(ended.result)
    output.note(f"job {ended.job_id} {ended.status} after {_took_s(ended):.1f} s")


def with_result(client: Client, job: Job) -> Job:
    """The job with its result, where it has one and only said where it lies."""
    if job.status is not Status.SUCCEEDED or job.has_result:
        return job
    return replace(job, has_result=True, result=client.result(job.job_id))


def whole(job: Job) -> dict[str, Any]:
    """A job's document, its result in it however large it is."""
    if not job.has_result:
        return dict(job.document)
    return {**job.document, "result": {"uri": job.result_uri, "inline": job.result}}


def _ended(client: Client, output: Output, job: Job, within_s: float) -> Job:
    if job.is_over:
        return job
    with output.status(_stage(job)) as say:
        for seen in client.watch(job.job_id, within_s=within_s):
            say(_stage(seen))
            job = seen
    return job


def _stage(job: Job) -> str:
    place = f", number {job.queue_position} in the queue" if job.queue_position else ""
    attempt = f", attempt {job.attempts}" if job.attempts else ""
    return f"{job.job_id} {job.status}{attempt}{place}"


def _took_s(job: Job) -> float:
    """Seconds from its acceptance to its end."""
    ended_at = job.completed_at or job.created_at
    return (ended_at - job.created_at).total_seconds()
