"""Which system a command speaks to, and as whom: resolved once, then a value.

::

    1  --url (SPILLWAY_URL) with --key (SPILLWAY_API_KEY) or --iam      any API, by its address
    2  --stack (SPILLWAY_STACK), --profile, --region                    a stack in an AWS account
    3  .local/endpoint.json                                             what `make run` announces

The first that is given decides. What stands on the command line goes before the environment.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spillway.client import ApiKey, Client, Timeout
from spillway_cli.exits import CommandFailed, Exit

if TYPE_CHECKING:
    from collections.abc import Mapping

    import boto3
    from mypy_boto3_cloudformation import CloudFormationClient

    from spillway.client import Auth

DEFAULT_STACK = "spillway"
PATIENCE_S = 25.0
"""Somebody looks on: less than the 30 s after which a full backlog asks to be tried again."""
LOCAL_CREDENTIAL = "test"
"""The pair of equal halves that MiniStack takes for the account's root."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """What was said on the command line and in the environment, unread."""

    url: str | None = None
    key: str | None = field(default=None, repr=False)
    iam: bool = False
    stack: str | None = None
    profile: str | None = None
    region: str | None = None


@dataclass(frozen=True, kw_only=True)
class Target:
    """One system. `url` is the API's where it is known beforehand; else the stack tells it.

    `endpoint_url` is that of an emulator of AWS, None for AWS itself.
    """

    url: str | None = None
    key: str | None = field(default=None, repr=False)
    iam: bool = False
    stack: str | None = None
    profile: str | None = None
    region: str | None = None
    endpoint_url: str | None = None

    @property
    def is_local(self) -> bool:
        """Whether this is a run of `make run`."""
        return self.endpoint_url is not None

    @property
    def stack_name(self) -> str:
        """The stack's name; raises `CommandFailed` where only an address was given."""
        if self.stack is None:
            text = "this needs a stack: give --stack in the place of --url (SPILLWAY_URL)"
            raise CommandFailed(text, Exit.USAGE)
        return self.stack

    def check_stack(self) -> None:
        """Raise `CommandFailed` where only an address was given, before AWS is asked."""
        _ = self.stack_name

    def client(self, *, patience_s: float = PATIENCE_S) -> Client:
        """A client of the API that goes on for so long where it is throttled or unavailable."""
        url, timeout = self.url or self.output("ApiUrl"), Timeout(call_s=patience_s)
        try:
            return Client(url, auth=self._auth(), timeout=timeout)
        except ValueError as error:
            raise CommandFailed(str(error), Exit.USAGE) from None

    def aws(self, service: str) -> Any:  # noqa: ANN401 - boto3-stubs name each service's type
        """A boto3 client in the stack's account and region, or of the local emulator."""
        from botocore.config import Config  # noqa: PLC0415

        config = Config(proxies={}, s3={"addressing_style": "path"}) if self.is_local else None
        return self._session.client(  # type: ignore[call-overload]
            service, endpoint_url=self.endpoint_url, config=config
        )

    def output(self, name: str) -> str:
        """One of the stack's outputs; raises `CommandFailed` where it has none of that name."""
        if name not in self.outputs:
            raise CommandFailed(f"stack {self.stack} has no output {name}", Exit.NOT_FOUND)
        return self.outputs[name]

    @cached_property
    def outputs(self) -> Mapping[str, str]:
        """All of the stack's outputs, asked for once."""
        return _outputs(self.aws("cloudformation"), self.stack_name)

    @cached_property
    def _session(self) -> boto3.Session:
        import boto3  # noqa: PLC0415 - takes longer to import than all else

        if self.is_local:
            return boto3.Session(LOCAL_CREDENTIAL, LOCAL_CREDENTIAL, region_name=self.region)
        # As the AWS CLI does; boto3 by itself knows AWS_DEFAULT_REGION alone.
        region = self.region or os.environ.get("AWS_REGION")
        return boto3.Session(profile_name=self.profile, region_name=region)

    def _auth(self) -> Auth:
        if self.iam or (self.url is None and "UsagePlanId" not in self.outputs):
            return self._signing()
        if self.key:
            return ApiKey(self.key)
        raise CommandFailed(
            "no API key: give --key or SPILLWAY_API_KEY (`spillway tenants create NAME` makes one)"
            ", or --iam for an API with AuthMode Iam",
            Exit.UNAUTHORIZED,
        )

    def _signing(self) -> Auth:
        from spillway.aws.sigv4 import SigV4  # noqa: PLC0415

        credentials, region = self._session.get_credentials(), self._session.region_name
        if credentials is None or region is None:
            lacking = "AWS credentials" if credentials is None else "an AWS region"
            raise CommandFailed(f"no {lacking} to sign requests with", Exit.UNAUTHORIZED)
        return SigV4(credentials, region)


def resolve(options: Options, environment: Mapping[str, str] = os.environ) -> Target:
    """The target that the options name, else the one that runs here; else `CommandFailed`."""
    if options.url or options.stack or options.profile or options.region:
        named = options.stack or (None if options.url else DEFAULT_STACK)
        return Target(
            url=options.url,
            key=options.key,
            iam=options.iam,
            stack=named,
            profile=options.profile,
            region=options.region,
        )
    return _local(options, environment)


def _local(options: Options, environment: Mapping[str, str]) -> Target:
    announced = _announced(environment)
    if announced is None:
        raise CommandFailed(
            "no system to speak to: give --stack for one on AWS, or --url and --key, "
            "or start one here with `make run`",
            Exit.USAGE,
        )
    said = json.loads(announced.read_text(encoding="utf-8"))
    return Target(
        url=said["url"],
        key=options.key or said["apiKey"],
        iam=options.iam,
        stack=said["stack"],
        region=said["region"],
        endpoint_url=said["endpointUrl"],
    )


def _announced(environment: Mapping[str, str]) -> Path | None:
    """The file that a run writes: in $LOCAL_DIR, else in .local/ here or in a folder above."""
    if folder := environment.get("LOCAL_DIR"):
        folders = [Path(folder)]
    else:
        folders = [above / ".local" for above in (Path.cwd(), *Path.cwd().parents)]
    files = (folder / "endpoint.json" for folder in folders)
    return next((file for file in files if file.is_file()), None)


def _outputs(cloudformation: CloudFormationClient, stack: str) -> dict[str, str]:
    from botocore.exceptions import ClientError  # noqa: PLC0415

    try:
        described = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
    except ClientError as error:
        # The code is that of any fault in the request.
        if "does not exist" in error.response["Error"]["Message"]:
            text = f"there is no stack {stack} in this account and region"
            raise CommandFailed(text, Exit.NOT_FOUND) from None
        raise
    return {each["OutputKey"]: each["OutputValue"] for each in described.get("Outputs", [])}
