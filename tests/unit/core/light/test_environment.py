"""What the environment says, and what of it only botocore can do."""

from __future__ import annotations

import boto3
import pytest
from botocore.config import Config
from hypothesis import given
from hypothesis import strategies as st

from spillway.aws.light.environment import read

KEYS = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret-key"}
LAMBDA = {**KEYS, "AWS_SESSION_TOKEN": "token-text", "AWS_REGION": "eu-central-1"}
REGIONS = boto3.Session().get_available_regions("sqs")
CHINA = boto3.Session().get_available_regions("sqs", partition_name="aws-cn")
GOV = boto3.Session().get_available_regions("sqs", partition_name="aws-us-gov")
ISOLATED = boto3.Session().get_available_regions("sqs", partition_name="aws-iso")


def test_lambdas_own_environment_is_enough() -> None:
    environment = read(LAMBDA)

    assert environment is not None
    assert environment.credentials.key_id == "AKIDEXAMPLE"
    assert environment.credentials.token == "token-text"
    assert environment.region == "eu-central-1"


def test_keys_are_not_shown() -> None:
    shown = repr(read(LAMBDA))

    assert "secret-key" not in shown
    assert "token-text" not in shown


@pytest.mark.parametrize("region", [*REGIONS, *CHINA, *GOV])
@pytest.mark.parametrize("service", ["dynamodb", "sqs"])
def test_a_service_is_where_botocore_finds_it(service: str, region: str) -> None:
    environment = read({**KEYS, "AWS_REGION": region})

    if environment is not None:
        assert environment.endpoint(service) == botocores(service, region)


@pytest.mark.parametrize("region", [*REGIONS, *CHINA, *GOV])
def test_every_public_region_is_known(region: str) -> None:
    assert read({**KEYS, "AWS_REGION": region}) is not None


@pytest.mark.parametrize("region", [*ISOLATED, "eusc-de-east-1", "nowhere", ""])
def test_a_region_with_rules_of_its_own_is_left_to_botocore(region: str) -> None:
    assert read({**KEYS, "AWS_REGION": region}) is None


@pytest.mark.parametrize("missing", KEYS)
def test_without_keys_it_is_left_to_botocore(missing: str) -> None:
    assert read({name: LAMBDA[name] for name in LAMBDA if name != missing}) is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:9001/2021-08-23/credentials"),
        ("AWS_USE_FIPS_ENDPOINT", "true"),
        ("AWS_USE_DUALSTACK_ENDPOINT", "true"),
        ("AWS_CA_BUNDLE", "/etc/ssl/own.pem"),
        ("HTTP_PROXY", "http://proxy:3128"),
        ("HTTPS_PROXY", "http://proxy:3128"),
        ("https_proxy", "http://proxy:3128"),
    ],
)
def test_what_a_light_client_would_ignore_is_left_to_botocore(name: str, value: str) -> None:
    assert read({**LAMBDA, name: value}) is None


def test_an_endpoint_of_ones_own_takes_the_place_of_all() -> None:
    environment = read({**LAMBDA, "AWS_ENDPOINT_URL": "http://127.0.0.1:4566/"})

    assert environment is not None
    assert environment.endpoint("sqs") == "http://127.0.0.1:4566"
    assert environment.bucket_endpoint("results") == ("http://127.0.0.1:4566", "/results")


def test_a_services_own_endpoint_comes_first() -> None:
    environment = read(
        {
            **LAMBDA,
            "AWS_ENDPOINT_URL": "http://127.0.0.1:4566",
            "AWS_ENDPOINT_URL_SQS": "http://127.0.0.1:9324",
        }
    )

    assert environment is not None
    assert environment.endpoint("sqs") == "http://127.0.0.1:9324"
    assert environment.endpoint("dynamodb") == "http://127.0.0.1:4566"


@pytest.mark.parametrize(
    "said",
    [
        {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true", "AWS_ENDPOINT_URL": "http://127.0.0.1:1"},
        {"AWS_ENDPOINT_URL": "not a url"},
    ],
)
def test_an_endpoint_that_does_not_count_is_passed_over(said: dict[str, str]) -> None:
    environment = read({**LAMBDA, **said})

    assert environment is not None
    assert environment.endpoint("sqs") == "https://sqs.eu-central-1.amazonaws.com"


def test_a_bucket_has_a_host_of_its_own_as_botocore_has_it() -> None:
    environment = read(LAMBDA)

    assert environment is not None
    assert environment.bucket_endpoint("results") == (
        "https://results.s3.eu-central-1.amazonaws.com",
        "",
    )


def test_a_bucket_with_a_dot_stands_in_the_path_since_no_certificate_covers_its_host() -> None:
    environment = read(LAMBDA)

    assert environment is not None
    assert environment.bucket_endpoint("my.results") == (
        "https://s3.eu-central-1.amazonaws.com",
        "/my.results",
    )


@given(st.dictionaries(st.sampled_from([*LAMBDA, "AWS_ENDPOINT_URL"]), st.text()))
def test_any_environment_is_read(said: dict[str, str]) -> None:
    read(said)


def botocores(service: str, region: str) -> str:
    config = Config(region_name=region)
    client = boto3.client(
        service,  # type: ignore[call-overload]
        config=config,
        aws_access_key_id="AKIDEXAMPLE",
        aws_secret_access_key="secret-key",
    )
    return str(client.meta.endpoint_url)
