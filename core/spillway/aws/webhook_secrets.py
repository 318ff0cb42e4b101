"""The tenants' webhook secrets, each tenant's in one parameter of SSM's."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
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


@dataclass(frozen=True, slots=True)
class _Known:
    """A parameter's text, None where there is none, and for how long since it counts."""

    text: str | None
    read_s: int
    kept_s: int

    def is_fresh(self, now_s: int) -> bool:
        return 0 <= now_s - self.read_s < self.kept_s


class SsmWebhookSecrets:
    """SecureStrings under `/spillway/<stack>/webhooks/`, decrypted as they are read.

    Safe between threads, of which one reads a tenant's while the others wait for it.
    """

    def __init__(self, ssm: SSMClient, stack: str, clock: Clock) -> None:
        self._ssm = ssm
        self._stack = stack
        self._clock = clock
        self._known: dict[str, _Known] = {}
        self._reading: dict[str, threading.Lock] = {}

    def of(self, tenant: str) -> Sequence[str]:
        """A parameter that holds no secrets is its operator's fault, and waits for the mending."""
        now_s = self._clock() // 1000
        text = self._text(tenant, now_s)
        try:
            return [] if text is None else valid(text, now_s)
        except MalformedSecrets as error:
            raise self._unreadable(tenant, error) from None

    def _text(self, tenant: str, now_s: int) -> str | None:
        with self._reading.setdefault(tenant, threading.Lock()):
            known = self._known.get(tenant)
            if known is None or not known.is_fresh(now_s):
                known = self._known[tenant] = self._refreshed(tenant, known, now_s)
            return known.text

    def _refreshed(self, tenant: str, before: _Known | None, now_s: int) -> _Known:
        """What SSM says now; while it says nothing, the secrets that were known go on."""
        try:
            text = self._read(tenant)
        except Unavailable:
            if before is None or before.text is None:
                raise
            return replace(before, read_s=now_s, kept_s=ABSENT_S)
        return _Known(text, now_s, ABSENT_S if text is None else CACHE_S)

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
