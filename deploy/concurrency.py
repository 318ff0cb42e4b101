"""Lambda's concurrency: whether the account has as much left as the stack is to reserve.

CloudFormation finds out late, and takes all back that it has made by then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from deploy.failure import DeployFailed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_lambda import LambdaClient

KEPT = 100
"""Lambda lets nobody reserve these, so an account of 10, as a new one is, can reserve none:
https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html (2026-11)"""
RESERVING = ("EnqueueConcurrency", "ApiConcurrency", "ReconcileConcurrency", "ScalerConcurrency")
"""The template's parameters, each of them 0 for none."""


def check(functions: LambdaClient, wanted: Mapping[str, str], before: Mapping[str, str]) -> None:
    """Raise `DeployFailed` where the account has too little left for `wanted`.

    Both are the stack's parameters: what it reserves already, by those of `before`, is its own.
    """
    more = _reserved(wanted) - _reserved(before)
    if more <= 0:
        return
    free = _unreserved(functions)
    if free is None or free - more >= KEPT:
        return
    named = [f"{name}=0" for name in RESERVING if int(wanted[name])]
    raise DeployFailed(
        f"Lambda has {free} concurrent executions left to this account, of which {KEPT} must stay "
        f"unreserved, and the stack is to reserve {more}{' more' if before else ''}: "
        f'PARAMETERS="{" ".join(named)}" reserves none, or ask for a higher limit first'
    )


def _reserved(parameters: Mapping[str, str]) -> int:
    return sum(int(parameters.get(name, 0)) for name in RESERVING)


def _unreserved(functions: LambdaClient) -> int | None:
    """What no function of the account has reserved, None where the caller may not ask."""
    try:
        limit = functions.get_account_settings()["AccountLimit"]
    except ClientError:
        return None
    return limit["UnreservedConcurrentExecutions"]
