"""AWS Signature Version 4, for requests without a query whose paths need no normalization.

The steps are those of https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spillway.aws.light.environment import Credentials

_ALGORITHM = "AWS4-HMAC-SHA256"


class Signer:
    """Signs one service's requests. The key is derived once a day, as it holds for a day."""

    def __init__(self, credentials: Credentials, region: str, service: str) -> None:
        self.service = service
        self._credentials = credentials
        self._place = f"{region}/{service}/aws4_request"
        self._day, self._key = "", b""

    def sign(
        self, method: str, path: str, headers: Mapping[str, str], body_sha256: str, instant: str
    ) -> dict[str, str]:
        """Return the headers with the signature.

        `headers` have lower-case names and hold `host`; `path` is quoted as it will be sent;
        `instant` is UTC, as `20261122T085106Z`.
        """
        signed = {**headers, "x-amz-date": instant}
        if self._credentials.token:
            signed["x-amz-security-token"] = self._credentials.token
        names = sorted(signed)
        listed = ";".join(names)
        lines = "".join(f"{name}:{signed[name]}\n" for name in names)
        request = f"{method}\n{path}\n\n{lines}\n{listed}\n{body_sha256}"
        scope = f"{instant[:8]}/{self._place}"
        text = f"{_ALGORITHM}\n{instant}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
        signature = hmac.digest(self._key_of(instant[:8]), text.encode(), "sha256").hex()
        signed["authorization"] = (
            f"{_ALGORITHM} Credential={self._credentials.key_id}/{scope}, "
            f"SignedHeaders={listed}, Signature={signature}"
        )
        return signed

    def _key_of(self, day: str) -> bytes:
        if day != self._day:
            key = f"AWS4{self._credentials.secret}".encode()
            for part in (day, *self._place.split("/")):
                key = hmac.digest(key, part.encode(), "sha256")
            self._day, self._key = day, key
        return self._key
