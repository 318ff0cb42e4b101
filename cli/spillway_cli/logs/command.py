"""`spillway logs`: what the functions and workers wrote, of one job or of all."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Any, override

import click
from rich.text import Text

from spillway.identity import TENANT
from spillway.submission import JOB_ID, MODEL
from spillway_cli.exits import CommandFailed, Exit
from spillway_cli.logs.query import LEVELS, Query, duration_s, start_ms
from spillway_cli.logs.source import Follower, Groups
from spillway_cli.options import on_stack
from spillway_cli.output import plain

if TYPE_CHECKING:
    import re
    from collections.abc import Iterable, Iterator, Mapping

    from spillway_cli.logs.source import Line
    from spillway_cli.output import Output
    from spillway_cli.target import Target

STYLES = {"WARNING": "yellow", "ERROR": "red", "CRITICAL": "bold red"}
_SHOWN_FIRST = ("time", "level", "message", "exception")
_SAID_ONCE = ("jobId", "tenant", "model", "traceId")


class Duration(click.ParamType[int]):
    """A time such as 15m, as seconds."""

    name = "time"

    @override
    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        try:
            return value if isinstance(value, int) else duration_s(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class Matching(click.ParamType[str]):
    """Text of one form, which no pattern that is made of it can be broken by."""

    name = "text"

    def __init__(self, form: re.Pattern[str]) -> None:
        self._form = form

    @override
    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if not self._form.fullmatch(value):
            self.fail(f"expected text that matches {self._form.pattern}, got {value!r}", param, ctx)
        return str(value)


@click.command()
@click.option("--job", type=Matching(JOB_ID), help="Lines of this job, from request to result.")
@click.option("--trace", type=Matching(JOB_ID), help="Lines of this trace (traceId of any line).")
@click.option("--tenant", type=Matching(TENANT), help="Lines that name this tenant.")
@click.option("--model", type=Matching(MODEL), help="Lines of this model, its workers' among them.")
@click.option(
    "--level",
    type=click.Choice(LEVELS, case_sensitive=False),
    help="Lines of this level or a worse one.",
)
@click.option(
    "--since",
    type=Duration(),
    help="How far back: 90s, 15m, 2h, 7d. Without it an hour, or as far as the job's id tells.",
)
@click.option("--follow", "-f", is_flag=True, help="Go on: until the job is over, or Ctrl-C.")
@on_stack
def logs(
    target: Target, output: Output, /, since: int | None, follow: bool, **wanted: str | None
) -> None:
    """Print what the functions and workers wrote, in the order of time.

    With --job it follows one job over all log groups: request, attempts, result.
    """
    query = _query(**wanted)
    since_ms = start_ms(since, query.job, now_ms=_now_ms())
    groups = Groups(target.aws("logs"), target.stack_name)
    read = partial(groups.way if query.job else groups.lines, query)
    if follow:
        lines = Follower(read, clock=_now_ms, sleep=time.sleep).lines(since_ms, job=query.job)
    else:
        lines = iter(read(since_ms))
    count = _print(lines, output, query.job)
    if query.job and not count:
        text = f"no line names job {query.job}: give --since to look further back"
        raise CommandFailed(text, Exit.NOT_FOUND)


def _query(
    job: str | None, trace: str | None, tenant: str | None, model: str | None, level: str | None
) -> Query:
    return Query(job=job, trace=trace, tenant=tenant, model=model, level=level)


def _print(lines: Iterable[Line], output: Output, job: str | None) -> int:
    count, said = 0, {}
    for count, line in enumerate(_told_apart(lines, output, job), start=1):
        if output.is_json:
            output.json(line.document)
            continue
        if job and count == 1:
            said = {name: line.fields[name] for name in _SAID_ONCE if name in line.fields}
            output.note("  ".join(f"{name} {value}" for name, value in said.items()))
        output.line(shown(line, but=said))
    return count


def _told_apart(lines: Iterable[Line], output: Output, job: str | None) -> Iterator[Line]:
    """The lines; where they are of several tenants' jobs of one id, that is said."""
    tenants: list[object] = []
    for line in lines:
        tenant = line.fields.get("tenant")
        if job and line.fields.get("jobId") == job and tenant not in (None, *tenants):
            tenants.append(tenant)
            if len(tenants) > 1:
                named = ", ".join(map(str, tenants))
                output.note(f"{job} is a job of several tenants: {named}; give --tenant")
        yield line


def shown(line: Line, *, but: Mapping[str, Any]) -> Text:
    """A line for people: when, where, how bad, what; then what else it says but has been said."""
    level = str(line.fields.get("level", ""))
    text = Text.assemble(
        (f"{line.order[:23]}  ", "dim"),
        f"{line.group:<16}  ",
        (f"{level:<8}  ", STYLES.get(level, "")),
        plain(_message(line.fields)),
    )
    for name, value in line.fields.items():
        if name not in _SHOWN_FIRST and but.get(name) != value:
            text.append_text(Text.assemble((f"  {name}=", "dim"), plain(value)))
    for each in _exception(line.fields.get("exception")):
        text.append_text(Text.assemble("\n    ", plain(each)))
    return text


def _message(fields: Mapping[str, Any]) -> object:
    """What happened: in a line of ours, of Lambda's own (`type`) or of the access log (`route`)."""
    return next((fields[name] for name in ("message", "type", "route") if name in fields), "")


def _exception(told: object) -> Iterator[str]:
    """What failed and where, the innermost frame last."""
    if isinstance(told, dict):
        named: Mapping[str, Any] = {name: told[name] for name in told if name != "stack"}
        yield "  ".join(f"{name}={value}" for name, value in named.items())
        yield from (str(frame) for frame in told.get("stack", ()))


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
