"""The tenants' webhook secrets, each tenant's in one parameter of SSM's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from spillway.aws.faults import code, translated
from spillway.deliveries.webhook_secret import parameter, valid
from spillway.errors import MalformedSecrets, Unavailable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mypy_boto3_ssm import SSMClient

    from spillway.ports import Clock

CACHE_S, ABSENT_S = 300, 60
"""How long a parameter is not read again, and one that is not there. SSM gives an account 40 a
second, and fifty environments that sign for hundreds of tenants each read each: a rotation is to
overlap for longer. https://docs.aws.amazon.com/general/latest/gr/ssm.html"""


class SsmWebhookSecrets:
    """SecureStrings under `/spillway/<stack>/webhooks/`, decrypted as they are read."""

    def __init__(self, ssm: SSMClient, stack: str, clock: Clock) -> None:
        self._ssm = ssm
        self._stack = stack
        self._clock = clock
        self._known: dict[str, tuple[int, str | None]] = {}

    def of(self, tenant: str) -> Sequence[str]:
        """A parameter that holds no secrets is its operator's fault, and waits for the mending."""
        now_s = self._clock() // 1000
        text = self._text(tenant, now_s)
        try:
            return [] if text is None else valid(text, now_s)
        except MalformedSecrets as error:
            raise self._unreadable(tenant, error) from None

    def _text(self, tenant: str, now_s: int) -> str | None:
        read_s, text = self._known.get(tenant, (None, None))
        kept_s = ABSENT_S if text is None else CACHE_S
        if read_s is None or not 0 <= now_s - read_s < kept_s:
            text = self._read(tenant)
            self._known[tenant] = now_s, text
        return text

    def _read(self, tenant: str) -> str | None:
        with translated("SSM"):
            try:
                found = self._ssm.get_parameter(
                    Name=parameter(self._stack, tenant), WithDecryption=True
                )
            except ClientError as error:
                if code(error) == "ParameterNotFound":
                    return None
                raise
        return found["Parameter"]["Value"]

    def _unreadable(self, tenant: str, error: MalformedSecrets) -> Unavailable:
        detail = f"SSM parameter {parameter(self._stack, tenant)}: {error}; delete it, make another"
        return Unavailable("dependency-unavailable", detail, retry_after_s=ABSENT_S)
