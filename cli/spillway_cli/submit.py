"""`spillway submit`: one payload, or a batch of them."""

from __future__ import annotations

import io
import math
import sys
from typing import IO, TYPE_CHECKING, Any, Unpack, override

import click

from spillway.client import Terms
from spillway_cli import batch, waiting
from spillway_cli.destination_options import Named, destined, documents
from spillway_cli.exits import CommandFailed, Exit
from spillway_cli.options import connected
from spillway_cli.payloads import LINES, payload, payload_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spillway.client import Client
    from spillway.strict_json import Json
    from spillway_cli.output import Output
    from spillway_cli.target import Target

HOLD_S = 3
"""How long the API is asked to hold its answer, so that a quick job needs no second question."""
BATCH_PATIENCE_S = 600
"""How long each job of a batch is offered to an API that is throttled or full."""


class Asked(Named):
    """What the command's options say."""

    job_id: str | None
    idempotency_key: str | None
    wait: bool
    within_s: float | None
    model: str | None
    ttl_s: int | None
    timeout_s: int | None
    metadata: dict[str, str]


class Readable(click.File):
    """A file, or `-` for standard input, which may be closed."""

    @override
    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> IO[Any]:
        return _stdin() if value == "-" else super().convert(value, param, ctx)


def _pairs(_context: click.Context, _option: click.Parameter, said: tuple[str, ...]) -> object:
    pairs = dict(pair.partition("=")[::2] for pair in said)
    if any("=" not in pair for pair in said):
        raise click.BadParameter("expected NAME=VALUE")
    return pairs


def _number(_context: click.Context, _option: click.Parameter, said: float | None) -> float | None:
    if said is not None and math.isnan(said):
        raise click.BadParameter("expected a number of seconds, got nan")
    return said


@click.command()
@click.argument("text", metavar="[PAYLOAD]", required=False)
@click.option("--file", "-f", type=Readable("rb"), help="Read the payload from a file.")
@click.option("--lines", is_flag=True, help="A batch: each line is a payload (*.jsonl is one).")
@click.option("--model", help="The model to ask; without it, default.")
@click.option("--job-id", help="An id of your own.")
@click.option("--idempotency-key", help="Sent again under the same key, it makes no second job.")
@click.option("--ttl", "ttl_s", type=int, help="The longest that it may wait, in seconds.")
@click.option("--timeout", "timeout_s", type=int, help="The longest attempt, in seconds.")
@click.option("--metadata", multiple=True, callback=_pairs, help="NAME=VALUE, given back.")
@destined
@click.option("--wait", is_flag=True, help="Wait for the end and print the result.")
@click.option(
    "--within", "within_s", type=float, callback=_number, help="Wait no longer than these seconds."
)
@connected
def submit(
    target: Target,
    output: Output,
    text: str | None,
    file: IO[bytes] | None,
    *,
    lines: bool,
    **asked: Unpack[Asked],
) -> None:
    """Submit PAYLOAD, any JSON, and print the job's id; `-` reads standard input.

    A batch (--lines, or a file *.jsonl) prints a line for each of its lines, in their order.
    """
    name, source = _source(text, file)
    if not (lines or name.endswith(LINES)):
        value = payload(name, source.read())
        with target.client() as client:
            _submit_one(client, output, value, asked)
        return
    if asked["job_id"]:
        raise click.UsageError("--job-id names one job; give a batch an --idempotency-key")
    with (
        payload_lines(name, source) as values,
        target.client(patience_s=BATCH_PATIENCE_S) as client,
    ):
        _submit_lines(client, output, values, asked)


def _submit_lines(client: Client, output: Output, values: Iterator[Json], asked: Asked) -> None:
    within_s = waiting.within_s(wait=asked["wait"], within_s=asked["within_s"])
    jobs = client.submit_many(values, idempotency_key=asked["idempotency_key"], **_terms(asked))
    batch.follow(client, output, jobs, within_s)


def _submit_one(client: Client, output: Output, value: Json, asked: Asked) -> None:
    within_s = waiting.within_s(wait=asked["wait"], within_s=asked["within_s"])
    job = client.submit(
        value,
        job_id=asked["job_id"],
        idempotency_key=asked["idempotency_key"],
        wait_s=0 if within_s is None else int(min(HOLD_S, within_s)),
        **_terms(asked),
    )
    if within_s is None:
        output.document(job.document, lambda: job.job_id)
    else:
        waiting.follow(client, output, job, within_s)


def _source(text: str | None, file: IO[bytes] | None) -> tuple[str, IO[bytes]]:
    """What holds the payload, and what an error calls it."""
    if (text is None) == (file is None):
        raise click.UsageError("give either PAYLOAD (`-` for standard input) or --file")
    if file is not None:
        return file.name, file
    if text == "-":
        return "standard input", _stdin()
    return "PAYLOAD", io.BytesIO(str(text).encode(errors="surrogateescape"))


def _stdin() -> IO[bytes]:
    if sys.stdin is None:
        raise CommandFailed("standard input is closed", Exit.FILE)
    return sys.stdin.buffer


def _terms(asked: Asked) -> Terms:
    """What was said of the job; the rest is the API's to decide."""
    terms = Terms()
    if asked["model"] is not None:
        terms["model"] = asked["model"]
    if asked["ttl_s"] is not None:
        terms["ttl_s"] = asked["ttl_s"]
    if asked["timeout_s"] is not None:
        terms["timeout_s"] = asked["timeout_s"]
    if asked["metadata"]:
        terms["metadata"] = asked["metadata"]
    told = documents(asked)
    if told is not None:
        terms["destinations"] = told
    return terms
