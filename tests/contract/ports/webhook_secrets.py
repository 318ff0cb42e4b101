"""A stack's webhook secrets, on each implementation of the port, on a clock moved by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from spillway import memory
from spillway.aws.webhook_secrets import CACHE_S, SsmWebhookSecrets
from spillway.deliveries.webhook_secret import parameter

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient

    from spillway.ports import WebhookSecrets

START_S = 1_800_000_000


class SecretsWorld(Protocol):
    """One core stack's secrets."""

    @property
    def secrets(self) -> WebhookSecrets: ...

    @property
    def now_s(self) -> int: ...

    def put(self, tenant: str, text: str) -> None:
        """Do what the CLI does, and let so much time pass that everybody has read it."""

    def pass_time(self, seconds: int) -> None:
        """Let so much time pass."""


class TwinSecretsWorld:
    """Texts in a dictionary."""

    def __init__(self) -> None:
        self.now_s = START_S
        self.secrets = memory.MemoryWebhookSecrets(lambda: self.now_s * 1000)

    def put(self, tenant: str, text: str) -> None:
        self.secrets.put(tenant, text)

    def pass_time(self, seconds: int) -> None:
        self.now_s += seconds


class SsmSecretsWorld:
    """SecureStrings."""

    def __init__(self, ssm: SSMClient, asked: SSMClient, stack: str) -> None:
        self._ssm = ssm
        self._stack = stack
        self.now_s = START_S
        self.secrets = SsmWebhookSecrets(asked, stack, lambda: self.now_s * 1000)

    def put(self, tenant: str, text: str) -> None:
        self.write(self._stack, tenant, text)
        self.pass_time(CACHE_S)

    def write(self, stack: str, tenant: str, text: str) -> None:
        name = parameter(stack, tenant)
        self._ssm.put_parameter(Name=name, Value=text, Type="SecureString", Overwrite=True)

    def pass_time(self, seconds: int) -> None:
        self.now_s += seconds
