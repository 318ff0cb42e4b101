"""Commands about jobs that there are, and the models that answer them."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spillway.job import Status
from spillway_cli import destinations
from spillway_cli.options import connected
from spillway_cli.output import aligned, cut, fields

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.table import Table

    from spillway_cli.output import Output
    from spillway_cli.target import Target

JOBS = ("job id", "model", "status", "created", "attempts", "error")
_TASKS = ("running", "pending", "desired", "required")
_SETTINGS = ("maxTasks", "maxAttempts", "leaseSeconds")
MODELS = (
    "model", "backlog", "in flight", *_TASKS, "max tasks", "max attempts", "lease s",
    "last decision",
)  # fmt: skip


@click.command()
@click.argument("job_id")
@connected
def get(target: Target, output: Output, job_id: str) -> None:
    """Show a job."""
    with target.client() as client:
        output.document(document := client.get(job_id).document, lambda: shown(document))


@click.command()
@click.argument("job_id")
@click.option(
    "--output", "-o", "file", type=click.Path(dir_okay=False, path_type=Path), help="Write it here."
)
@connected
def result(target: Target, output: Output, job_id: str, file: Path | None) -> None:
    """Print a job's result, the JSON that the model answered."""
    with target.client() as client:
        answer = client.result(job_id)
    if file is None:
        output.json(answer)
    else:
        file.write_text(output.as_json(answer) + "\n", encoding="utf-8")


@click.command("list")
@click.option(
    "--status", type=click.Choice(list(Status), case_sensitive=False), help="Only of this status."
)
@click.option("--model", help="Only of this model.")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="At most.")
@connected
def list_(
    target: Target, output: Output, status: Status | None, model: str | None, limit: int
) -> None:
    """List the tenant's jobs, the newest first."""
    with target.client() as client:
        jobs = islice(client.list(status=status, model=model), limit)
        output.rows(JOBS, (job.document for job in jobs), _job_row)


@click.command()
@click.argument("job_id")
@connected
def cancel(target: Target, output: Output, job_id: str) -> None:
    """Cancel a job that has not ended."""
    with target.client() as client:
        output.document(document := client.cancel(job_id).document, lambda: shown(document))


@click.command()
@click.argument("job_id")
@click.option("--idempotency-key", help="Another key makes another new job.")
@connected
def retry(target: Target, output: Output, job_id: str, idempotency_key: str | None) -> None:
    """Run a job again that did not succeed, as a new job."""
    with target.client() as client:
        job = client.retry(job_id, idempotency_key=idempotency_key)
    output.document(job.document, lambda: job.job_id)


@click.command()
@connected
def models(target: Target, output: Output) -> None:
    """List the models: how much waits for each, its tasks, and their last change."""
    with target.client() as client:
        output.rows(MODELS, (model.document for model in client.models()), _model_row)


def shown(document: Mapping[str, Any]) -> Table:
    """A job's document as people read it: no links, and where the result lies, not the result.

    Each destination and each delivery has a line of its own.
    """
    said = {name: value for name, value in document.items() if name != "links"}
    if "result" in said:
        said["result"] = said["result"]["uri"]
    for name, row in (("destinations", destinations.row), ("deliveries", _delivery_row)):
        if name in said:
            said[name] = aligned(map(row, said[name]))
    return fields(said)


def _job_row(job: Mapping[str, Any]) -> list[object]:
    code = job.get("error", {}).get("code")
    return [job["jobId"], job["model"], job["status"], job["createdAt"], job["attempts"], code]


def _model_row(model: Mapping[str, Any]) -> list[object]:
    tasks = model.get("tasks", {})
    return [
        *(model.get(name) for name in ("model", "backlog", "inFlight")),
        *(tasks.get(name) for name in _TASKS),
        *(model.get(name) for name in _SETTINGS),
        next(map(_decision, model.get("decisions", ())), None),
    ]


def _decision(decision: Mapping[str, Any]) -> str:
    return "{at}  {from} → {to}: {reason}".format_map(decision)


def _delivery_row(delivery: Mapping[str, Any]) -> list[object]:
    where = delivery["destination"]
    return [
        *(delivery[name] for name in ("id", "event")),
        where["type"],
        cut(destinations.address(where)),
        delivery["status"],
        delivery.get("lastError"),
    ]
