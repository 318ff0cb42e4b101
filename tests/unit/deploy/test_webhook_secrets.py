"""Webhook secrets of a stack that goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploy.webhook_secrets import delete_all
from spillway.deliveries.webhook_secret import parameter

if TYPE_CHECKING:
    from deploy.account import Account


def test_all_tenants_secrets_go_and_nothing_else(account: Account) -> None:
    # Given more tenants than one call deletes, another core's, and a model's entry
    ours = [parameter("mine", f"tenant-{number}") for number in range(23)]
    others = [parameter("mine-too", "acme"), "/spillway/mine/models/default"]
    for name in (*ours, *others):
        account.ssm.put_parameter(Name=name, Value="{}", Type="SecureString")

    assert delete_all(account.ssm, "mine") == len(ours)

    left = account.ssm.get_parameters(Names=[*ours[:8], *others])
    assert sorted(found["Name"] for found in left["Parameters"]) == sorted(others)


def test_a_core_without_any_has_none_to_delete(account: Account) -> None:
    assert delete_all(account.ssm, "mine") == 0
