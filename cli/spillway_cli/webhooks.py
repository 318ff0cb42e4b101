"""`spillway webhooks`: their secrets, whether one takes a sample, and those that get nothing."""

from __future__ import annotations

import time
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
from spillway_cli.options import connected, on_stack

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from spillway.deliveries.webhook_secret import Secret
    from spillway.ports import DisabledWebhooks
    from spillway_cli.output import Output
    from spillway_cli.target import Target


@click.group()
def webhooks() -> None:
    """Make, show and rotate the secrets of webhooks; try a webhook out, or shut one off."""


@webhooks.command()
@click.argument("tenant", type=Matching(TENANT))
@click.option("--create", is_flag=True, help="Make one where there is none.")
@on_stack
def secret(target: Target, output: Output, tenant: str, *, create: bool) -> None:
    """Print the secret that a tenant's receivers verify its webhooks with.

    A former one that is valid still is named beside it, and shown by --json.
    """
    ssm, stack = target.aws("ssm"), target.stack_name
    with _readable(stack, tenant):
        if create:
            webhook_secrets.ensure(ssm, stack, tenant)
        held = webhook_secrets.read(ssm, stack, tenant).secrets
    if not held:
        how = f"`spillway webhooks secret {tenant} --create` makes one"
        raise CommandFailed(f"tenant {tenant} has no webhook secret: {how}", Exit.NOT_FOUND)
    _print(output, tenant, held)


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
@click.option("--force", is_flag=True, help="While two are valid: end the older one now.")
@on_stack
def rotate(target: Target, output: Output, tenant: str, overlap_s: int, *, force: bool) -> None:
    """Make a tenant's next webhook secret, also its first, and print it.

    Meanwhile each request carries a signature by either secret, so that receivers can change over.
    """
    ssm, stack = target.aws("ssm"), target.stack_name
    with _readable(stack, tenant):
        former = webhook_secrets.read(ssm, stack, tenant).secrets[1:]
        if former and not force:
            raise CommandFailed(_too_early(tenant, former[0]), Exit.REFUSED)
        held = webhook_secrets.rotate(ssm, stack, tenant, overlap_s)
    _print(output, tenant, held)
    for each in former:
        output.note(f"ended now: the one that was valid until {_until(each)}")


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
        # What is wrong may be the tenant's secret, not the receiver.
        raise CommandFailed(f"not delivered to {webhook}: {sample.last_error}", Exit.FAILED)


@webhooks.command()
@click.argument("tenant", type=Matching(TENANT))
@click.argument("webhook", metavar="URL")
@on_stack
def disable(target: Target, output: Output, tenant: str, webhook: str) -> None:
    """Send nothing more to URL for a tenant, as after its answer 410: for 90 days.

    URL is as the jobs name it. Deliveries there fail at once. Redeliveries and tests are sent all
    the same, and the first that is taken enables it again.
    """
    _disabled(target).disable(tenant, webhook, now_ms=int(time.time() * 1000))
    _print_state(output, tenant, webhook, is_disabled=True)


@webhooks.command()
@click.argument("tenant", type=Matching(TENANT))
@click.argument("webhook", metavar="URL")
@on_stack
def enable(target: Target, output: Output, tenant: str, webhook: str) -> None:
    """Send to URL for a tenant again; what failed meanwhile, `deliveries redeliver` sends."""
    _disabled(target).enable(tenant, webhook)
    _print_state(output, tenant, webhook, is_disabled=False)


def _disabled(target: Target) -> DisabledWebhooks:
    from spillway.aws.disabled_webhooks import DynamoDisabledWebhooks  # noqa: PLC0415 - boto3

    return DynamoDisabledWebhooks(target.aws("dynamodb"), target.output("DeliveriesTable"))


def _print_state(output: Output, tenant: str, webhook: str, *, is_disabled: bool) -> None:
    output.document({"tenant": tenant, "url": webhook, "disabled": is_disabled})


@contextmanager
def _readable(stack: str, tenant: str) -> Iterator[None]:
    """Say what to do where the tenant's parameter holds something else."""
    try:
        yield
    except MalformedSecrets as error:
        text = f"SSM parameter {parameter(stack, tenant)}: {error}; delete it, make another"
        raise CommandFailed(text, Exit.REFUSED) from None


def _too_early(tenant: str, former: Secret) -> str:
    return (
        f"tenant {tenant} has two secrets, the former until {_until(former)}: "
        "wait for that, or end it now with --force"
    )


def _print(output: Output, tenant: str, held: Sequence[Secret]) -> None:
    newest, *former = held
    output.document(_document(tenant, held), lambda: newest.text)
    for each in former:
        output.note(f"the former one is valid until {_until(each)}")


def _document(tenant: str, held: Sequence[Secret]) -> dict[str, Any]:
    secrets = [{"secret": each.text, "until": _until(each)} for each in held]
    return {"tenant": tenant, "secrets": secrets}


def _until(secret: Secret) -> str | None:
    return instant(None if secret.until_s is None else secret.until_s * 1000)
