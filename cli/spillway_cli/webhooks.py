"""`spillway webhooks`: the secrets that they are signed with, and whether one takes a sample."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from spillway.client import DeliveryStatus
from spillway.deliveries.webhook_secret import parameter
from spillway.errors import MalformedSecrets
from spillway.identity import TENANT
from spillway.view import instant
from spillway_cli import webhook_secrets
from spillway_cli.deliveries import shown
from spillway_cli.exits import CommandFailed, Exit
from spillway_cli.logs.command import Duration, Matching
from spillway_cli.options import connected

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from spillway.deliveries.webhook_secret import Secret
    from spillway_cli.output import Output
    from spillway_cli.target import Target


@click.group()
def webhooks() -> None:
    """Make, show and rotate the secrets of webhooks, and try a webhook out."""


@webhooks.command()
@click.argument("tenant", type=Matching(TENANT))
@click.option("--create", is_flag=True, help="Make one where there is none.")
@connected
def secret(target: Target, output: Output, tenant: str, *, create: bool) -> None:
    """Print the secrets that a tenant's webhooks are signed with, the newest first.

    A receiver verifies with the newest. A former one is there while it is being changed.
    """
    ssm, stack = target.aws("ssm"), target.stack_name
    with _readable(stack, tenant):
        if create:
            webhook_secrets.ensure(ssm, stack, tenant)
        held = webhook_secrets.read(ssm, stack, tenant).secrets
    if not held:
        how = f"`spillway webhooks secret {tenant} --create` makes one"
        raise CommandFailed(f"tenant {tenant} has no webhook secret: {how}", Exit.NOT_FOUND)
    output.document(_document(tenant, held), lambda: "\n".join(each.text for each in held))


@webhooks.command()
@click.argument("tenant", type=Matching(TENANT))
@click.option(
    "--overlap",
    "overlap_s",
    type=Duration(),
    default="24h",
    show_default=True,
    help="How long the former secret stays valid beside it: 15m, 2h, 7d.",
)
@connected
def rotate(target: Target, output: Output, tenant: str, overlap_s: int) -> None:
    """Make a tenant's next webhook secret, also its first, and print it.

    Meanwhile each request carries a signature by either secret, so that receivers can change over.
    """
    ssm, stack = target.aws("ssm"), target.stack_name
    with _readable(stack, tenant):
        held = webhook_secrets.rotate(ssm, stack, tenant, overlap_s)
    newest, *former = held
    output.document(_document(tenant, held), lambda: newest.text)
    for each in former:
        output.note(f"the former one is valid until {_until(each)}")


@webhooks.command()
@click.argument("webhook", metavar="URL")
@click.option(
    "--within",
    "within_s",
    type=click.FloatRange(min=0),
    default=60,
    show_default=True,
    help="Wait no longer than these seconds.",
)
@connected
def test(target: Target, output: Output, webhook: str, within_s: float) -> None:
    """Send a signed sample to URL as a tenant, once, and show what came of it."""
    with target.client() as client, output.status(f"telling {webhook}"):
        sample = client.test_webhook(webhook, within_s=within_s)
    output.document(sample.document, lambda: shown(sample.document))
    if not sample.is_over:
        text = f"not known yet: `spillway deliveries get {sample.delivery_id}` will tell"
        raise CommandFailed(text, Exit.UNFINISHED)
    if sample.status is not DeliveryStatus.DELIVERED:
        raise CommandFailed(f"{webhook} did not take it: {sample.last_error}", Exit.FAILED)


@contextmanager
def _readable(stack: str, tenant: str) -> Iterator[None]:
    """Say what to do where the tenant's parameter holds something else."""
    try:
        yield
    except MalformedSecrets as error:
        text = f"SSM parameter {parameter(stack, tenant)}: {error}; delete it, make another"
        raise CommandFailed(text, Exit.REFUSED) from None


def _document(tenant: str, held: Sequence[Secret]) -> dict[str, Any]:
    secrets = [{"secret": each.text, "until": _until(each)} for each in held]
    return {"tenant": tenant, "secrets": secrets}


def _until(secret: Secret) -> str | None:
    return instant(None if secret.until_s is None else secret.until_s * 1000)
