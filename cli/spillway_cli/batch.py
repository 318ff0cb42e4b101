"""A batch: a line of output for each line of input, in order, whatever becomes of each."""

from __future__ import annotations

import time
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, Any

from spillway.answer import problem_document
from spillway.client import Job, JobFailed, Rejected, SpillwayError
from spillway.client.batch import in_order
from spillway_cli import waiting
from spillway_cli.exits import CommandFailed, Exit, exit_of

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

    from spillway.client import Client
    from spillway_cli.output import Output

type Outcome = Job | Rejected

WAITERS = 8
"""Jobs that are asked after at once: most have ended by the time that their turn comes."""
_OF_ONE_LINE = (Exit.OK, Exit.REFUSED)


def follow(
    client: Client,
    output: Output,
    outcomes: Generator[Job | SpillwayError],
    within_s: float | None,
) -> None:
    """Print each line's job, or its result where that is waited for; then say how many failed.

    However that ends, by Ctrl-C too, no call is left to be sent again.
    """
    with closing(outcomes), closing(_shown(client, _checked(outcomes), within_s)) as shown:
        failed = total = 0
        for total, outcome in enumerate(shown, start=1):
            failed += not _print(output, total, outcome, is_result=within_s is not None)
    if failed:
        raise CommandFailed(f"{failed} of {total} lines failed", Exit.FAILED)
    output.note(f"{total} {'accepted' if within_s is None else 'succeeded'}")


def _shown(
    client: Client, accepted: Generator[Outcome], within_s: float | None
) -> Generator[Outcome]:
    return accepted if within_s is None else _ended(client, list(accepted), within_s)


def _checked(outcomes: Iterable[Job | SpillwayError]) -> Generator[Outcome]:
    """The outcomes, up to one that each further line would meet too."""
    for number, outcome in enumerate(outcomes, start=1):
        code = Exit.OK if isinstance(outcome, Job) else exit_of(outcome)
        if not (isinstance(outcome, Job | Rejected) and code in _OF_ONE_LINE):
            text = f"line {number}: {outcome}; all lines before it were answered"
            raise CommandFailed(text, code or Exit.FAILED)
        yield outcome


def _ended(client: Client, outcomes: Iterable[Outcome], within_s: float) -> Generator[Outcome]:
    ends_s = time.monotonic() + within_s
    return in_order(partial(_ended_one, client, ends_s), outcomes, concurrency=WAITERS)


def _ended_one(client: Client, ends_s: float, outcome: Outcome) -> Outcome:
    if not isinstance(outcome, Job):
        return outcome
    job = client.wait(outcome.job_id, within_s=ends_s - time.monotonic())
    return waiting.with_result(client, job)


def _print(output: Output, number: int, outcome: Outcome, *, is_result: bool) -> bool:
    """Print one line, empty or null for people where it failed; say whether it went well."""
    problem = _problem(outcome)
    if output.is_json:
        output.json({"line": number, **_document(outcome)})
    elif isinstance(outcome, Job) and problem is None:
        output.line(output.as_json(outcome.result) if is_result else outcome.job_id)
    else:
        output.line("null" if is_result else "")
        output.note(f"line {number}: {problem}")
    return problem is None


def _problem(outcome: Outcome) -> SpillwayError | None:
    if isinstance(outcome, Rejected):
        return outcome
    try:
        outcome.raise_for_status()
    except JobFailed as failed:
        return failed
    return None


def _document(outcome: Outcome) -> dict[str, Any]:
    if isinstance(outcome, Rejected):
        return {"problem": problem_document(outcome)}
    return waiting.whole(outcome)
