"""The options that say where jobs are told of, and what they come to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict

import click

from spillway_cli.payloads import payload

if TYPE_CHECKING:
    from collections.abc import Callable


class Named(TypedDict):
    """What the options say."""

    webhook: tuple[str, ...]
    destination: tuple[dict[str, Any], ...]
    no_destination: bool


def _documents(_context: click.Context, _option: click.Parameter, said: tuple[str, ...]) -> object:
    read = tuple(payload("--destination", text.encode(errors="surrogateescape")) for text in said)
    if not all(isinstance(each, dict) for each in read):
        raise click.BadParameter('expected a JSON object, such as {"type": "sns", "topicArn": "…"}')
    return read


_OPTIONS: tuple[Callable[[Any], Any], ...] = (
    click.option("--webhook", metavar="URL", multiple=True, help="Tell this webhook; repeatable."),
    click.option(
        "--destination",
        metavar="JSON",
        multiple=True,
        callback=_documents,
        help="Tell this destination, as the API has it; repeatable.",
    ),
    click.option("--no-destination", is_flag=True, help="Tell nobody, whatever the default is."),
)


def destined[F: Callable[..., Any]](command: F) -> F:
    """Give a command the options that name destinations."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def documents(named: Named) -> list[dict[str, Any]] | None:
    """The destinations that the options name, None where they say nothing of them."""
    webhooks = ({"type": "webhook", "url": url} for url in named["webhook"])
    told = [*webhooks, *named["destination"]]
    if told and named["no_destination"]:
        raise click.UsageError("--no-destination goes with no other")
    return told if told or named["no_destination"] else None
