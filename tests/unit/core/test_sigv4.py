"""Signatures are made anew, with credentials that are one pair."""

from __future__ import annotations

import re

from botocore.credentials import Credentials, ReadOnlyCredentials

from spillway.aws.sigv4 import SigV4

URL = "https://abc.execute-api.eu-central-1.amazonaws.com/v1/jobs?pageSize=1"


class Rotating(Credentials):
    """A role's credentials, which change each time that somebody looks."""

    def __init__(self) -> None:
        super().__init__("unused", "unused")
        self.looks = 0

    def get_frozen_credentials(self) -> ReadOnlyCredentials:
        self.looks += 1
        return ReadOnlyCredentials(f"key-{self.looks}", "secret", f"token-{self.looks}")


def test_each_signature_is_of_the_credentials_of_now() -> None:
    signing = SigV4(Rotating(), "eu-central-1")

    for look in (1, 2):
        signed = signing.headers("GET", URL, {}, None)

        assert signed["X-Amz-Security-Token"] == f"token-{look}"
        scope = rf"Credential=key-{look}/\d{{8}}/eu-central-1/execute-api/aws4_request"
        assert re.search(scope, signed["Authorization"])


def test_the_body_is_signed() -> None:
    signing = SigV4(Credentials("key", "secret"), "eu-central-1")

    one, other = (signing.headers("POST", URL, {}, body) for body in (b"1", b"2"))

    assert one["Authorization"] != other["Authorization"]


def test_a_signer_shows_no_secret() -> None:
    assert repr(SigV4(Credentials("key", "secret"), "eu-west-1")) == "SigV4(region='eu-west-1')"
