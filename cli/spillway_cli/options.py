"""The options that every command takes, and what a command gets for them."""

from __future__ import annotations

import functools
import sys
from typing import TYPE_CHECKING, Any, Concatenate

import click
from click.core import ParameterSource

from spillway_cli.exits import CommandFailed, Exit
from spillway_cli.output import Output
from spillway_cli.target import Options, Target, resolve

if TYPE_CHECKING:
    from collections.abc import Callable

_NAMES = ("url", "key", "iam", "stack", "profile", "region")
type _Option = Callable[[Any], Any]
_OPTIONS: tuple[_Option, ...] = (
    click.option("--json", "is_json", is_flag=True, help="Print one JSON document a line."),
    click.option("--stack", envvar="SPILLWAY_STACK", help="The core stack on AWS."),
    click.option("--profile", help="The AWS profile; without it, as the AWS CLI chooses."),
    click.option("--region", help="The AWS region; without it, as the AWS CLI chooses."),
)


def _api_options(*, hidden: bool = False) -> tuple[_Option, ...]:
    url = click.option(
        "--url", envvar="SPILLWAY_URL", hidden=hidden, help="The API's address, with its stage."
    )
    key = click.option(
        "--key", envvar="SPILLWAY_API_KEY", hidden=hidden, help="A tenant's API key."
    )
    iam = click.option(
        "--iam", is_flag=True, hidden=hidden, help="Sign requests with AWS credentials (SigV4)."
    )
    return url, key, iam


def connected[**P, R](
    function: Callable[Concatenate[Target, Output, P], R],
) -> Callable[P, R]:
    """Give a command the options that say which system, and call it with `target, output, …`."""
    return _command(function, resolve, (*_OPTIONS, *_api_options()))


def on_stack[**P, R](
    function: Callable[Concatenate[Target, Output, P], R],
) -> Callable[P, R]:
    """The same for a command that needs a stack, and does nothing by an API's address alone.

    It reads that all the same: where one is exported, the system that runs here must not be taken
    in its place.
    """
    return _command(function, _resolve_stack, (*_OPTIONS, *_api_options(hidden=True)))


def _command[**P, R](
    function: Callable[Concatenate[Target, Output, P], R],
    resolved: Callable[[Options], Target],
    options: tuple[_Option, ...],
) -> Callable[P, R]:
    @functools.wraps(function)
    def command(*args: P.args, **kwargs: P.kwargs) -> R:
        if sys.stdout is None:
            # What a command does is not done where nobody could read what came of it.
            raise CommandFailed("standard output is closed", Exit.FILE)
        output = Output(is_json=bool(kwargs.pop("is_json")))
        return function(resolved(_options(kwargs)), output, *args, **kwargs)

    for option in reversed(options):
        command = option(command)
    return command


def _resolve_stack(options: Options) -> Target:
    target = resolve(options)
    target.check_stack()
    return target


def _options(given: dict[str, Any]) -> Options:
    """Take ours out of the command's; a stack that was typed goes before an exported URL."""
    ours = {name: given.pop(name) for name in _NAMES}
    source_of = click.get_current_context().get_parameter_source
    typed = {name for name in _NAMES if source_of(name) is ParameterSource.COMMANDLINE}
    if source_of("url") is ParameterSource.ENVIRONMENT and _names_a_stack(typed):
        ours["url"] = None
    return Options(**ours)


def _names_a_stack(typed: set[str]) -> bool:
    """Whether one was named, be it by its account alone; with --iam that says who signs."""
    return "stack" in typed or ("iam" not in typed and not typed.isdisjoint(("profile", "region")))
