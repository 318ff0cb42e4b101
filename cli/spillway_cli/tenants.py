"""`spillway tenants`: who may call, each by keys of its own."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from spillway.view import instant
from spillway_cli import api_keys
from spillway_cli.exits import CommandFailed, Exit
from spillway_cli.options import on_stack

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from spillway_cli.api_keys import KeyEntry
    from spillway_cli.output import Output
    from spillway_cli.target import Target

COLUMNS = ("tenant", "key id", "created", "enabled")


def _confirm(_context: click.Context, _option: click.Parameter, is_sure: bool) -> None:
    if is_sure:
        return
    if not _is_somebody_there():
        raise click.UsageError("nobody is there to ask: --yes deletes without asking")
    click.confirm("Callers with these keys are shut out. Delete them?", abort=True)


def _is_somebody_there() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()


@click.group()
def tenants() -> None:
    """Make, list, rotate and delete the API keys of tenants."""


@tenants.command()
@click.argument("tenant")
@on_stack
def create(target: Target, output: Output, tenant: str) -> None:
    """Make a tenant's first key, and print it this once."""
    if _keys(target, tenant):
        text = f"tenant {tenant} has a key: `spillway tenants rotate {tenant}` makes another"
        raise CommandFailed(text, Exit.REFUSED)
    _print_new(target, output, tenant)
    output.note(f"`spillway webhooks secret {tenant} --create` makes what its webhooks need")


@tenants.command("list")
@on_stack
def list_(target: Target, output: Output) -> None:
    """List tenants and their keys; what a key is, nobody is told again."""
    output.rows(COLUMNS, map(_document, _keys(target)), _row)


@tenants.command()
@click.argument("tenant")
@click.option("--expire-old", is_flag=True, help="Delete the tenant's other keys at once.")
@on_stack
def rotate(target: Target, output: Output, tenant: str, *, expire_old: bool) -> None:
    """Make a tenant's next key, and print it this once.

    The tenant stays who it is, with all its jobs. Its other keys stay valid until they are
    deleted, so that callers can change over: by --expire-old, or later by `tenants delete`.
    """
    old = _existing(target, tenant)
    _print_new(target, output, tenant)
    if expire_old:
        api_keys.delete(target.aws("apigateway"), old)
    for key in old:
        output.note(
            f"deleted its key {key.key_id}"
            if expire_old
            else f"its key {key.key_id} is good until `spillway tenants delete {tenant} "
            f"--key-id {key.key_id}`"
        )


@tenants.command()
@click.argument("tenant")
@click.option("--key-id", help="This key alone, as `tenants list` names it.")
@click.option(
    "--yes", is_flag=True, expose_value=False, callback=_confirm, help="Delete without asking."
)
@on_stack
def delete(target: Target, output: Output, tenant: str, key_id: str | None) -> None:
    """Delete a tenant's keys, or one of them. Its jobs stay until their retention ends."""
    unwanted = [key for key in _existing(target, tenant) if key_id in (None, key.key_id)]
    if not unwanted:
        raise CommandFailed(f"tenant {tenant} has no key {key_id}", Exit.NOT_FOUND)
    api_keys.delete(target.aws("apigateway"), unwanted)
    output.rows(COLUMNS, map(_document, unwanted), _row)


def _print_new(target: Target, output: Output, tenant: str) -> None:
    try:
        key = api_keys.create(target.aws("apigateway"), _plan(target), tenant)
    except ValueError as error:
        raise CommandFailed(str(error), Exit.REFUSED) from None
    output.document({"tenant": tenant, "key": key}, lambda: key)


def _existing(target: Target, tenant: str) -> Sequence[KeyEntry]:
    found = _keys(target, tenant)
    if not found:
        raise CommandFailed(f"there is no tenant {tenant}", Exit.NOT_FOUND)
    return found


def _keys(target: Target, tenant: str | None = None) -> Sequence[KeyEntry]:
    return api_keys.keys(target.aws("apigateway"), _plan(target), tenant)


def _plan(target: Target) -> str:
    if "UsagePlanId" not in target.outputs:
        text = f"stack {target.stack} has no keys: with AuthMode Iam, tenants are IAM principals"
        raise CommandFailed(text, Exit.REFUSED)
    return target.output("UsagePlanId")


def _document(key: KeyEntry) -> dict[str, object]:
    return {
        "tenant": key.tenant,
        "keyId": key.key_id,
        "createdAt": instant(int(key.created_at.timestamp() * 1000)),
        "enabled": key.enabled,
    }


def _row(key: Mapping[str, object]) -> Sequence[object]:
    return key["tenant"], key["keyId"], key["createdAt"], "yes" if key["enabled"] else "no"
