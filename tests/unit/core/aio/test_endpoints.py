"""Where services answer is botocore's to say; it is asked once and nothing is sent."""

from __future__ import annotations

import os

import boto3
import pytest

from spillway.aws.aio.endpoints import bucket_endpoint, service_endpoint


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in os.environ:
        if name.startswith("AWS_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, os.devnull)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    return monkeypatch


def test_a_service_answers_in_its_region() -> None:
    found = service_endpoint("dynamodb")

    assert found.origin == "https://dynamodb.eu-west-1.amazonaws.com"
    assert found.host == "dynamodb.eu-west-1.amazonaws.com"
    assert (found.region, found.prefix, found.proxy) == ("eu-west-1", "", None)
    assert found.is_tls


@pytest.mark.parametrize(
    ("variable", "value", "origin"),
    [
        ("AWS_DEFAULT_REGION", "cn-north-1", "https://sqs.cn-north-1.amazonaws.com.cn"),
        ("AWS_USE_FIPS_ENDPOINT", "true", "https://sqs-fips.us-east-1.amazonaws.com"),
        ("AWS_ENDPOINT_URL_SQS", "http://127.0.0.1:4566", "http://127.0.0.1:4566"),
    ],
)
def test_a_service_answers_where_the_environment_says(
    environment: pytest.MonkeyPatch, variable: str, value: str, origin: str
) -> None:
    environment.setenv("AWS_DEFAULT_REGION", "us-east-1")
    environment.setenv(variable, value)

    assert service_endpoint("sqs").origin == origin


@pytest.mark.parametrize(
    ("bucket", "url", "origin", "prefix"),
    [
        ("inputs", None, "https://inputs.s3.eu-west-1.amazonaws.com", ""),
        ("in.puts", None, "https://s3.eu-west-1.amazonaws.com", "/in.puts"),
        ("inputs", "http://127.0.0.1:4566", "http://127.0.0.1:4566", "/inputs"),
        ("inputs", "http://127.0.0.1:4566/aws/", "http://127.0.0.1:4566", "/aws/inputs"),
    ],
)
def test_a_bucket_stands_in_the_host_s_name_or_in_the_path(
    environment: pytest.MonkeyPatch, bucket: str, url: str | None, origin: str, prefix: str
) -> None:
    if url is not None:
        environment.setenv("AWS_ENDPOINT_URL_S3", url)

    found = bucket_endpoint(bucket)

    assert (found.origin, found.prefix) == (origin, prefix)


def test_a_proxy_is_obeyed_as_botocore_does(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    environment.setenv("NO_PROXY", ".s3.eu-west-1.amazonaws.com")

    assert service_endpoint("sqs").proxy == "http://proxy.example:3128"
    assert bucket_endpoint("inputs").proxy is None
