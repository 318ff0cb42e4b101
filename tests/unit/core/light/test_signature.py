"""Signatures, beside those of botocore."""

from __future__ import annotations

import hashlib
from unittest import mock

import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials
from botocore.utils import percent_encode
from hypothesis import given
from hypothesis import strategies as st

from spillway.aws.light.environment import Credentials
from spillway.aws.light.signature import Signer

INSTANT = "20261122T085106Z"
VISIBLE = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=40)


@given(body=st.binary(), target=VISIBLE, token=st.none() | VISIBLE, secret=VISIBLE)
def test_a_json_request_is_signed_as_botocore_signs_it(
    body: bytes, target: str, token: str | None, secret: str
) -> None:
    headers = {
        "host": "dynamodb.eu-central-1.amazonaws.com",
        "content-type": "application/x-amz-json-1.0",
        "x-amz-target": target,
    }
    signer = Signer(Credentials("AKIDEXAMPLE", secret, token), "eu-central-1", "dynamodb")

    signed = signer.sign("POST", "/", headers, hashlib.sha256(body).hexdigest(), INSTANT)

    request = AWSRequest("POST", f"https://{headers['host']}/", headers, body)
    credentials = BotocoreCredentials("AKIDEXAMPLE", secret, token)
    assert signed["authorization"] == botocores(
        SigV4Auth(credentials, "dynamodb", "eu-central-1"), request
    )


@given(body=st.binary(), key=st.text(min_size=1, max_size=60).filter(lambda key: ".." not in key))
def test_an_object_is_signed_as_botocore_signs_it(body: bytes, key: str) -> None:
    sha256 = hashlib.sha256(body).hexdigest()
    host = "inputs.s3.us-east-1.amazonaws.com"
    headers = {
        "host": host,
        "content-type": "application/json",
        "x-amz-content-sha256": sha256,
    }
    path = "/" + percent_encode(key, safe="/~")
    signer = Signer(Credentials("AKIDEXAMPLE", "secret", None), "us-east-1", "s3")

    signed = signer.sign("PUT", path, headers, sha256, INSTANT)

    request = AWSRequest("PUT", f"https://{host}{path}", headers, body)
    request.context["payload_signing_enabled"] = True
    auth = S3SigV4Auth(BotocoreCredentials("AKIDEXAMPLE", "secret"), "s3", "us-east-1")
    assert signed["authorization"] == botocores(auth, request)


@pytest.mark.parametrize("instant", [INSTANT, "20261123T000000Z", "20261122T235959Z"])
def test_a_new_day_has_a_new_key(instant: str) -> None:
    credentials = Credentials("AKIDEXAMPLE", "secret", None)
    used = Signer(credentials, "us-east-1", "sqs")
    used.sign("POST", "/", {"host": "a"}, "", INSTANT)

    signed = used.sign("POST", "/", {"host": "a"}, "", instant)

    fresh = Signer(credentials, "us-east-1", "sqs")
    assert signed == fresh.sign("POST", "/", {"host": "a"}, "", instant)


def test_the_headers_given_are_kept() -> None:
    signer = Signer(Credentials("AKIDEXAMPLE", "secret", "token"), "us-east-1", "sqs")

    signed = signer.sign("POST", "/", {"host": "a", "x-amz-target": "b"}, "", INSTANT)

    assert {"host": "a", "x-amz-target": "b", "x-amz-security-token": "token"}.items() <= (
        signed.items()
    )


def botocores(auth: SigV4Auth, request: AWSRequest) -> str:
    with (
        mock.patch("botocore.auth.get_current_datetime") as now,
        mock.patch("botocore.auth.formatdate", return_value=INSTANT),
    ):
        now.return_value.strftime.return_value = INSTANT
        auth.add_auth(request)
    return str(request.headers["Authorization"])
