"""The command `spillway` and its sub-commands."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from importlib import import_module
from typing import Any, TextIO, override

import click

from spillway_cli.exits import Exit, exit_of
from spillway_cli.output import escaped

COMMANDS = {
    "submit": "spillway_cli.submit:submit",
    "get": "spillway_cli.jobs:get",
    "result": "spillway_cli.jobs:result",
    "list": "spillway_cli.jobs:list_",
    "cancel": "spillway_cli.jobs:cancel",
    "retry": "spillway_cli.jobs:retry",
    "models": "spillway_cli.jobs:models",
    "deliveries": "spillway_cli.deliveries:deliveries",
    "destinations": "spillway_cli.destinations:destinations",
    "webhooks": "spillway_cli.webhooks:webhooks",
    "tenants": "spillway_cli.tenants:tenants",
    "logs": "spillway_cli.logs.command:logs",
    "dead-letters": "spillway_cli.dead_letters.commands:dead_letters",
}
"""Where each is: imported when it is called, since AWS's libraries take longer than most calls."""


class Program(click.Group):
    """A group that turns errors a user can mend into a line and an exit code (exits.py)."""

    @override
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    @override
    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command

    @override
    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (Exception, KeyboardInterrupt) as error:
            code = exit_of(error)
            if code is None:
                raise
            click.echo(f"spillway: {escaped(str(error)) or 'interrupted'}", err=True)
            ctx.exit(code)

    @override
    def main(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().main(*args, **kwargs)
        except OSError as error:
            # Of a reader that has gone, such as `head`, click makes nothing of by itself.
            place = f"{error.filename}: " if error.filename else ""
            with suppress(OSError):
                click.echo(f"spillway: {escaped(place + (error.strerror or str(error)))}", err=True)
            for stream in (sys.stdout, sys.stderr):
                _give_up(stream)
            sys.exit(Exit.FILE)


def _give_up(stream: TextIO | None) -> None:
    """Drop what can't be written: tried again when Python exits, it would change the exit code.

    As https://docs.python.org/3/library/signal.html#note-on-sigpipe has it.
    """
    if stream is None:
        return
    try:
        stream.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


@click.group(cls=Program, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="spillway")
def spillway() -> None:
    """Ask models that answer asynchronously, and look after the system that runs them."""
