"""Tenants: each has API keys of the form `<tenant>.<secret>` under the stack's usage plan."""

from __future__ import annotations

import argparse
import secrets
import sys
from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from spillway.identity import TENANT

if TYPE_CHECKING:
    from mypy_boto3_apigateway import APIGatewayClient
    from mypy_boto3_cloudformation import CloudFormationClient

SECRET_BYTES = 32


def create(apigateway: APIGatewayClient, usage_plan_id: str, tenant: str) -> str:
    """Make a key for the tenant and return its value, which API Gateway alone keeps.

    Raises:
        ValueError: the name can't be a tenant's.

    """
    if not TENANT.fullmatch(tenant):
        raise ValueError(f"a tenant's name matches {TENANT.pattern}, got {tenant!r}")
    value = f"{tenant}.{secrets.token_urlsafe(SECRET_BYTES)}"
    key_id = apigateway.create_api_key(name=tenant, enabled=True, value=value)["id"]
    try:
        apigateway.create_usage_plan_key(usagePlanId=usage_plan_id, keyId=key_id, keyType="API_KEY")
    except Exception:
        # Outside a usage plan a key opens nothing, and would only lie about.
        apigateway.delete_api_key(apiKey=key_id)
        raise
    return value


def stack_output(cloudformation: CloudFormationClient, stack: str, name: str) -> str:
    """Return one of a stack's outputs.

    Raises:
        LookupError: there is no such stack, or it has no output of this name.

    """
    try:
        described = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
    except ClientError as error:
        # The code is that of any fault in the request.
        if "does not exist" in error.response["Error"]["Message"]:
            raise LookupError(f"there is no stack {stack} in this account and region") from None
        raise
    for output in described.get("Outputs", []):
        if output.get("OutputKey") == name:
            return output["OutputValue"]
    raise LookupError(f"stack {stack} has no output {name}")


def main(arguments: list[str]) -> int:
    """`python -m spillway_cli.tenants create NAME --stack STACK`: print a new key, this once.

    What goes wrong is one line on stderr, and 1 is returned.
    """
    parser = argparse.ArgumentParser(prog="tenants", description=__doc__)
    command = parser.add_subparsers(required=True).add_parser("create", help="make an API key")
    command.add_argument("tenant")
    command.add_argument("--stack", default="spillway")
    asked = parser.parse_args(arguments)
    try:
        plan = stack_output(boto3.client("cloudformation"), asked.stack, "UsagePlanId")
        key = create(boto3.client("apigateway"), plan, asked.tenant)
    except (LookupError, ValueError, ClientError, BotoCoreError) as error:
        print(f"tenants: {error}", file=sys.stderr)
        return 1
    print(key)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
