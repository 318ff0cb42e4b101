"""Requests signed with SigV4, for an API with AuthMode Iam."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from botocore.credentials import Credentials

SERVICE = "execute-api"


class SigV4:
    """Signs as an IAM user or role.

    `credentials` are botocore's, such as `boto3.Session().get_credentials()` gives: where they are
    a role's, they are fetched anew before they expire. `region` is the API's.
    """

    def __init__(self, credentials: Credentials, region: str) -> None:
        self._credentials = credentials
        self._region = region

    def __repr__(self) -> str:
        """Say where, never as whom."""
        return f"{type(self).__name__}(region={self._region!r})"

    def headers(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None
    ) -> Mapping[str, str]:
        """The signature and what goes with it, good for five minutes."""
        request = AWSRequest(method, url, dict(headers), body)
        # Frozen, so that a refresh between key and secret mixes no two pairs.
        SigV4Auth(self._credentials.get_frozen_credentials(), SERVICE, self._region).add_auth(
            request
        )
        return dict(request.headers.items())
