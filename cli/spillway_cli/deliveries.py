"""`spillway deliveries`: what was told of jobs, what became of that, and telling it once more."""

from __future__ import annotations

from contextlib import closing
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

import click

from spillway.answer import problem_document
from spillway.client import Delivery, DeliveryStatus, EventType, Rejected
from spillway.client.batch import in_order
from spillway_cli.destinations import address
from spillway_cli.exits import CommandFailed, Exit, exit_of
from spillway_cli.options import connected
from spillway_cli.output import aligned, cut, fields

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from rich.table import Table

    from spillway.client import Client
    from spillway_cli.output import Output
    from spillway_cli.target import Target

type Outcome = tuple[str, Delivery | Rejected]
"""A delivery's id, and what came of asking for it once more."""

COLUMNS = (
    "delivery id", "job id", "event", "type", "address", "status", "attempts", "next attempt",
    "error",
)  # fmt: skip
AT_ONCE = 8
"""Redeliveries that are asked for at once."""
_OF_ONE = (Exit.NOT_FOUND, Exit.REFUSED)
"""What is wrong with one delivery, and would be with no other."""

_to = click.option("--to", metavar="ADDRESS", help="Only to this URL, ARN or s3:// prefix.")


@click.group()
def deliveries() -> None:
    """See what was told of jobs, and tell it once more."""


@deliveries.command("list")
@click.option(
    "--status",
    type=click.Choice(list(DeliveryStatus), case_sensitive=False),
    help="Only of this status.",
)
@_to
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="At most.")
@connected
def list_(
    target: Target, output: Output, status: DeliveryStatus | None, to: str | None, limit: int
) -> None:
    """List the tenant's deliveries, the newest first."""
    with target.client() as client:
        found = islice(_found(client, status, to), limit)
        output.rows(COLUMNS, (each.document for each in found), _row)


@deliveries.command()
@click.argument("delivery_id")
@connected
def get(target: Target, output: Output, delivery_id: str) -> None:
    """Show a delivery, with its last attempts."""
    with target.client() as client:
        output.document(document := client.delivery(delivery_id).document, lambda: shown(document))


@deliveries.command()
@click.argument("delivery_ids", nargs=-1, metavar="[DELIVERY_ID]...")
@click.option(
    "--failed", "is_failed", is_flag=True, help="All of jobs that have failed, the newest first."
)
@_to
@connected
def redeliver(
    target: Target,
    output: Output,
    delivery_ids: Sequence[str],
    *,
    is_failed: bool,
    to: str | None,
) -> None:
    """Deliver once more, whatever has become of a delivery: a further round of attempts.

    Each has the id and the text that it had, so that a receiver knows it again.
    """
    if bool(delivery_ids) == is_failed or (delivery_ids and to):
        raise click.UsageError("say which: ids, or --failed (with --to only those to one address)")
    with target.client() as client:
        ids = delivery_ids or _ids_of_jobs(_found(client, DeliveryStatus.FAILED, to))
        _redeliver(client, output, ids)


def shown(document: Mapping[str, Any]) -> Table:
    """A delivery's document as people read it: no links, and an attempt a line."""
    said = {**document, "nextAttemptAt": _next_attempt(document)}
    said["history"] = aligned(map(_attempt_row, document.get("history", ())))
    del said["links"]
    return fields({name: value for name, value in said.items() if value not in (None, "")})


def _redeliver(client: Client, output: Output, ids: Iterable[str]) -> None:
    with closing(in_order(partial(_redelivered, client), ids, concurrency=AT_ONCE)) as outcomes:
        done = [_print(output, *outcome) for outcome in outcomes]
    if not all(done):
        text = f"{done.count(False)} of {len(done)} could not be redelivered"
        raise CommandFailed(text, Exit.FAILED)
    output.note(f"{len(done)} on their way")


def _redelivered(client: Client, delivery_id: str) -> Outcome:
    try:
        return delivery_id, client.redeliver(delivery_id)
    except Rejected as error:
        if exit_of(error) not in _OF_ONE:
            raise
        return delivery_id, error


def _print(output: Output, delivery_id: str, outcome: Delivery | Rejected) -> bool:
    """Print one line, and say whether it went well."""
    if isinstance(outcome, Delivery):
        output.document(outcome.document, lambda: delivery_id)
        return True
    if output.is_json:
        output.json({"id": delivery_id, "problem": problem_document(outcome)})
    output.note(f"{delivery_id}: {outcome}")
    return False


def _found(client: Client, status: DeliveryStatus | None, to: str | None) -> Iterator[Delivery]:
    for delivery in client.deliveries(status=status):
        if to in (None, delivery.destination.address):
            yield delivery


def _ids_of_jobs(found: Iterable[Delivery]) -> Iterator[str]:
    """The ids without those of samples: nobody waits for one any more."""
    return (each.delivery_id for each in found if each.event is not EventType.TEST)


def _row(delivery: Mapping[str, Any]) -> list[object]:
    where = delivery["destination"]
    return [
        *(delivery.get(name) for name in ("id", "jobId", "event")),
        where["type"],
        cut(address(where)),
        *(delivery.get(name) for name in ("status", "attempts")),
        _next_attempt(delivery),
        delivery.get("lastError"),
    ]


def _next_attempt(delivery: Mapping[str, Any]) -> str | None:
    """When it is tried again; the first attempt of a round is due when the round begins."""
    return None if delivery["status"] == DeliveryStatus.PENDING else delivery.get("nextAttemptAt")


def _attempt_row(attempt: Mapping[str, Any]) -> list[object]:
    return [attempt["at"], f"{attempt['tookMs']} ms", attempt.get("error", "taken")]
