"""`spillway destinations`: where a tenant's jobs are told of that name no destinations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Unpack

import click

from spillway.destinations.destination import ADDRESSES
from spillway_cli.destination_options import Named, destined, documents
from spillway_cli.options import connected

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from spillway.client import Destination
    from spillway_cli.output import Output
    from spillway_cli.target import Target

COLUMNS = ("type", "address", "events", "format")


@click.group()
def destinations() -> None:
    """See and set where the jobs are told of that name no destinations."""


@destinations.command()
@connected
def get(target: Target, output: Output) -> None:
    """Show the tenant's default destinations."""
    with target.client() as client:
        _print(output, client.destinations())


@destinations.command("set")
@destined
@connected
def set_(target: Target, output: Output, **named: Unpack[Named]) -> None:
    """Set the tenant's default destinations in the place of those before.

    They hold for jobs that are submitted a minute from now and later.
    """
    told = documents(named)
    if told is None:
        text = "say where: --webhook URL, --destination JSON, or --no-destination for nowhere"
        raise click.UsageError(text)
    with target.client() as client:
        _print(output, client.set_destinations(told))
    output.note("for jobs that are submitted a minute from now and later")


def row(destination: Mapping[str, Any]) -> list[object]:
    """A destination's document as a row."""
    events = ", ".join(destination.get("events", ())) or "each end"
    return [destination["type"], address(destination), events, destination.get("format")]


def address(destination: Mapping[str, Any]) -> str:
    """Where a destination's document says: its URL, ARN or s3:// prefix."""
    return str(destination[ADDRESSES[destination["type"]]])


def _print(output: Output, held: Iterable[Destination]) -> None:
    told = [destination.document() for destination in held]
    output.rows(COLUMNS, told, row, none="no default destinations: a job is told of where it says")
