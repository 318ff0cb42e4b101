"""`spillway dead-letters`: what lies in the models' dead-letter queues, and what to do about it."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from itertools import islice
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

import click

from spillway.view import job_document
from spillway_cli.dead_letters.redrive import Done, Outcome
from spillway_cli.dead_letters.rules import Choice, DeadLetter, document
from spillway_cli.dead_letters.system import DeadLetters
from spillway_cli.exits import CommandFailed, Exit
from spillway_cli.logs.command import Duration
from spillway_cli.options import on_stack

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Mapping

    from spillway.job import Job, JobKey
    from spillway_cli.output import Output
    from spillway_cli.target import Target

COLUMNS = ("job", "tenant", "model", "reason", "attempts", "status", "sent", "message")
SHOWN_LENGTH = 2_000
"""Characters of a body that a terminal gets; `--json` prints it whole."""
_FILTERS: tuple[Callable[[Any], Any], ...] = (
    click.option("--model", help="Of this model alone; without it, of every model."),
    click.option("--tenant", help="Of this tenant's jobs alone."),
    click.option("--reason", help="Of this reason alone, such as timeout or moved_by_sqs."),
    click.option(
        "--older-than", "older_than_s", type=Duration(), help="Sent so long ago: 15m, 2h, 7d."
    ),
)


def filtered[F: Callable[..., Any]](command: F) -> F:
    """Give a command the options that choose letters."""
    for option in reversed(_FILTERS):
        command = option(command)
    return command


class Filters(TypedDict):
    """Which letters the options of any command take."""

    tenant: str | None
    reason: str | None
    older_than_s: int | None


class Chosen(Filters):
    """Which letters the options of `redrive` name."""

    job: str | None
    message: str | None


@click.group("dead-letters")
def dead_letters() -> None:
    """Look at messages that no worker gets any more, and run their jobs again.

    A look hides what it reads from other readers for up to five minutes, and deletes nothing.
    """


@dead_letters.command("list")
@filtered
@click.option(
    "--limit", type=click.IntRange(min=1), default=1000, show_default=True, help="The most to list."
)
@on_stack
def list_letters(
    target: Target,
    output: Output,
    /,
    model: str | None,
    limit: int,
    **filters: Unpack[Filters],
) -> None:
    """List dead letters, each with the state of its job.

    A queue that SQS counts as empty is not read; its count lags behind by up to a minute.
    """
    there = DeadLetters(target)
    depths = there.depths(there.models(model))
    filled = [name for name, depth in depths.items() if depth]
    with closing(_documents(there, filled, Choice(**filters))) as documents:
        output.rows(COLUMNS, islice(documents, limit), _row, none="no dead letters")
    for name, depth in depths.items():
        output.note(f"{name}: about {depth} in all")


def _documents(
    there: DeadLetters, models: Iterable[str], choice: Choice
) -> Generator[Mapping[str, Any]]:
    with closing(there.batches(models, choice)) as batches:
        for _, letters in batches:
            keys = [letter.key for letter in letters if letter.key is not None]
            jobs = {job.key: job for job in there.store.get_many(keys)}
            yield from (document(each, _job(each, jobs)) for each in letters)


def _job(letter: DeadLetter, jobs: Mapping[JobKey, Job]) -> Job | None:
    return None if letter.key is None else jobs.get(letter.key)


def _row(said: Mapping[str, Any]) -> tuple[object, ...]:
    names = ("jobId", "tenant", "model", "reason", "attempts", "status", "sentAt", "messageId")
    return tuple("-" if said[name] is None else said[name] for name in names)


@dead_letters.command()
@click.argument("name", metavar="JOB_OR_MESSAGE_ID")
@click.option("--model", help="Of this model; without it, every model is searched.")
@click.option("--tenant", help="Of this tenant; another may have a job of the same id.")
@on_stack
def show(
    target: Target, output: Output, /, name: str, model: str | None, tenant: str | None
) -> None:
    """Show one dead letter: its message, and its job as it is now."""
    there, count = DeadLetters(target), 0
    choice = Choice(name=name, tenant=tenant)
    with closing(there.batches(there.models(model), choice)) as batches:
        for _, letters in batches:
            for letter in letters:
                output.document(_shown(letter, there, is_whole=output.is_json))
                count += 1
    _check_found(count, name)


def _shown(letter: DeadLetter, there: DeadLetters, *, is_whole: bool) -> dict[str, Any]:
    job = there.store.get(letter.key) if letter.key else None
    said = document(letter, job) | {
        "receives": letter.receives,
        "fault": letter.fault,
        "job": job_document(job) if job else None,
        "body": letter.body if is_whole else _cut(letter.body),
    }
    return {name: value for name, value in said.items() if value is not None}


def _cut(body: str) -> str:
    if len(body) <= SHOWN_LENGTH:
        return body
    return f"{body[:SHOWN_LENGTH]}… ({len(body)} characters; --json prints them all)"


@dead_letters.command()
@click.option("--job", help="The letters of this job.")
@click.option("--message", help="The letter with this messageId.")
@click.option("--all", "is_all", is_flag=True, help="All letters, or all that the filters take.")
@filtered
@click.option("--discard", is_flag=True, help="Delete those of which nothing can come any more.")
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@on_stack
def redrive(
    target: Target,
    output: Output,
    /,
    is_all: bool,
    model: str | None,
    discard: bool,
    dry_run: bool,
    **chosen: Unpack[Chosen],
) -> None:
    """Send dead letters back, or run their jobs again.

    A job that is not over gets its message back into its queue. One that failed or expired is run
    again as a new job, one and the same however often this is repeated. Everything else stays,
    unless --discard is given. A letter is deleted last, so that nothing is lost on the way.
    """
    there, choice = DeadLetters(target), _choice(is_all=is_all, **chosen)
    models = there.models(model)
    choice = there.of_one_tenant(models, choice)
    counts = Counter[Done]()
    with closing(there.redriven(models, choice, is_dry=dry_run, discards=discard)) as outcomes:
        for outcome in outcomes:
            _print(outcome, output, is_dry=dry_run)
            counts[outcome.done] += 1
    _check_found(counts.total(), choice.name)
    _sum_up(counts, output)


def _choice(*, is_all: bool, **chosen: Unpack[Chosen]) -> Choice:
    names = [name for name in (chosen["job"], chosen["message"]) if name is not None]
    if len(names) + is_all != 1:
        raise click.UsageError("say which: one of --job ID, --message ID and --all")
    return Choice(
        name=names[0] if names else None,
        tenant=chosen["tenant"],
        reason=chosen["reason"],
        older_than_s=chosen["older_than_s"],
    )


def _print(outcome: Outcome, output: Output, *, is_dry: bool) -> None:
    letter = outcome.letter
    if output.is_json:
        output.json(document(letter, None) | outcome.document | {"dryRun": is_dry})
        return
    name = letter.message.job_id if letter.message else letter.message_id
    would = "would be " if is_dry and outcome.done is not Done.LEFT else ""
    to = f" as {outcome.new_job_id}" if outcome.new_job_id else ""
    why = f": {outcome.why}" if outcome.why else ""
    output.line(f"{name}  {would}{outcome.done.value}{to}{why}")


def _sum_up(counts: Counter[Done], output: Output) -> None:
    output.note(", ".join(f"{n} {done.value}" for done, n in counts.items()) or "no dead letters")
    if counts[Done.FAILED]:
        raise CommandFailed(f"{counts[Done.FAILED]} could not be redriven", Exit.FAILED)


def _check_found(count: int, name: str | None) -> None:
    if name is not None and not count:
        raise CommandFailed(f"no dead letter of {name}", Exit.NOT_FOUND)
