"""Every tenant's webhook secrets, from where the system keeps them."""

from __future__ import annotations

import time
from threading import Lock
from typing import TYPE_CHECKING

from spillway.deliveries import webhook_secret

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mypy_boto3_ssm import SSMClient

KNOWN_FOR_S = 1.0
"""Long enough for a thousand deliveries at once, short enough to see a rotation."""


class TenantSecrets:
    """The secrets that are valid now, by tenant."""

    def __init__(self, ssm: SSMClient, stack: str) -> None:
        self._ssm = ssm
        self._path = f"/spillway/{stack}/webhooks"
        self._known: tuple[float, Mapping[str, Sequence[str]]] | None = None
        self._lock = Lock()

    def read(self) -> Mapping[str, Sequence[str]]:
        """Return them, a second old at most; raises botocore's errors, or `MalformedSecrets`."""
        with self._lock:  # what all ask for at once is read once
            now_s = time.monotonic()
            if self._known is None or now_s - self._known[0] > KNOWN_FOR_S:
                self._known = now_s, self._read()
            return self._known[1]

    def _read(self) -> Mapping[str, Sequence[str]]:
        pages = self._ssm.get_paginator("get_parameters_by_path").paginate(
            Path=self._path, WithDecryption=True
        )
        return {
            parameter["Name"].rpartition("/")[-1]: webhook_secret.valid(
                parameter["Value"], int(time.time())
            )
            for page in pages
            for parameter in page["Parameters"]
        }
