"""The contract of `Bucket`: objects by key, and URLs by which anybody may read or write one."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import httpx
import pytest

from spillway.aws.bucket import S3Bucket
from spillway.aws.clients import client
from spillway.errors import ObjectMissing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spillway.ports import Bucket
    from tests.contract.ports.implementations import Implementation

KEY = "results/acme/job-1/1.json"
JSON = "application/json"


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", '{"größe":"🙂"}'.encode(), b"\x00\xff" * 1024, b"x" * 5 * 1024 * 1024],
    ids=["empty", "small", "unicode", "binary", "5 MiB"],
)
def test_an_object_comes_back_as_it_went_in(bucket: Bucket, body: bytes) -> None:
    bucket.put(KEY, body)

    assert bucket.get(KEY) == body
    assert bucket.size(KEY) == len(body)


def test_an_object_put_again_is_replaced(bucket: Bucket) -> None:
    bucket.put(KEY, b"first")
    bucket.put(KEY, b"the second")

    assert (bucket.get(KEY), bucket.size(KEY)) == (b"the second", 10)


def test_a_copy_stays_when_its_source_changes(bucket: Bucket) -> None:
    bucket.put(KEY, b"first")

    bucket.copy(KEY, "payloads/acme/job-1/1.json")
    bucket.put(KEY, b"second")

    assert bucket.get("payloads/acme/job-1/1.json") == b"first"


def test_what_is_not_there_can_t_be_copied(bucket: Bucket) -> None:
    with pytest.raises(ObjectMissing):
        bucket.copy("uploads/acme/nothing", KEY)


@pytest.mark.parametrize(
    "key",
    [KEY, "results/acme", "results/acme/job-1/1.json/", "Ümläut 🙂", "x" * 1025, "ü" * 513],
    ids=["absent", "prefix", "slash", "unicode", "too long", "too long in UTF-8"],
)
def test_an_object_that_is_not_there_is_missing(bucket: Bucket, key: str) -> None:
    bucket.put("results/acme/job-1/1.json.bak", b"{}")

    with pytest.raises(ObjectMissing):
        bucket.get(key)
    with pytest.raises(ObjectMissing):
        bucket.size(key)


@pytest.mark.parametrize(
    "key", ["a b/ü/🙂", "a//b", "a/./b", "+%2F%20&=;", "?query#fragment", "x" * 1024]
)
def test_a_key_is_taken_to_the_letter(bucket: Bucket, key: str) -> None:
    bucket.put(key, b"{}")

    assert bucket.get(key) == b"{}"
    assert bucket.size(key) == 2


def test_no_dots_lead_to_another_tenants_object(bucket: Bucket) -> None:
    bucket.put("payloads/other/secret.json", b"{}")

    with pytest.raises(ObjectMissing):
        bucket.get("uploads/acme/../../payloads/other/secret.json")
    with pytest.raises(ObjectMissing):
        bucket.size("uploads/acme/../../payloads/other/secret.json")


def test_a_uri_names_the_bucket_and_the_key(bucket: Bucket, implementation: Implementation) -> None:
    assert bucket.uri(KEY) == f"s3://{implementation.unique}/{KEY}"


@pytest.mark.parametrize("key", [KEY, "a b/ü/+%2F", "?query#fragment", "/"])
def test_the_key_of_a_uri_is_the_one_it_was_made_of(bucket: Bucket, key: str) -> None:
    assert bucket.key(bucket.uri(key)) == key


@pytest.mark.parametrize(
    "uri",
    ["s3://another/{key}", "s3://{bucket}2/{key}", "s3://{bucket}", "s3://{bucket}/",
     "https://{bucket}/{key}", "S3://{bucket}/{key}", "{key}", ""],
)  # fmt: skip
def test_an_address_elsewhere_has_no_key_here(
    bucket: Bucket, implementation: Implementation, uri: str
) -> None:
    assert bucket.key(uri.format(bucket=implementation.unique, key=KEY)) is None


def test_presigned_urls_name_the_object(bucket: Bucket) -> None:
    assert KEY in bucket.presign_get(KEY, expires_s=60)
    assert KEY in bucket.presign_put(KEY, content_type=JSON, expires_s=60)


# --- over HTTP, on the emulator -------------------------------------------------------------------


@pytest.fixture
def served(on_emulator: Implementation) -> Bucket:
    s3 = client("s3")
    s3.create_bucket(Bucket=on_emulator.unique)
    return S3Bucket(s3, on_emulator.unique)


@pytest.fixture
def anybody() -> Iterator[httpx.Client]:
    """A caller without credentials."""
    with httpx.Client(trust_env=False) as client:
        yield client


def test_anybody_reads_by_a_presigned_url(served: Bucket, anybody: httpx.Client) -> None:
    served.put(KEY, b'{"answer":42}')

    answer = anybody.get(served.presign_get(KEY, expires_s=60))

    assert (answer.status_code, answer.content) == (200, b'{"answer":42}')
    assert answer.headers["content-type"] == JSON


def test_anybody_writes_by_a_presigned_url(served: Bucket, anybody: httpx.Client) -> None:
    url = served.presign_put("uploads/acme/a b+ü", content_type=JSON, expires_s=60)

    answer = anybody.put(url, content=b"[1,2]", headers={"content-type": JSON})

    assert answer.status_code == 200
    assert served.get("uploads/acme/a b+ü") == b"[1,2]"


def test_a_presigned_url_takes_the_content_type_it_was_made_for_alone(
    served: Bucket, anybody: httpx.Client
) -> None:
    url = served.presign_put(KEY, content_type=JSON, expires_s=60)

    answer = anybody.put(url, content=b"<html>", headers={"content-type": "text/html"})

    assert answer.status_code == 403
    with pytest.raises(ObjectMissing):
        served.get(KEY)


def test_a_presigned_url_is_good_for_its_own_object_and_method_alone(
    served: Bucket, anybody: httpx.Client
) -> None:
    served.put(KEY, b"{}")
    served.put("other.json", b"{}")
    url = served.presign_get(KEY, expires_s=60)

    assert anybody.get(url.replace(KEY, "other.json")).status_code == 403
    assert anybody.put(url, content=b"mine").status_code == 403
    assert anybody.get(url.partition("?")[0]).status_code == 403


def test_a_presigned_url_expires(served: Bucket, anybody: httpx.Client) -> None:
    served.put(KEY, b"{}")
    url = served.presign_get(KEY, expires_s=1)

    time.sleep(2.1)

    assert anybody.get(url).status_code == 403


# --- what botocore makes of a region --------------------------------------------------------------


@pytest.mark.parametrize("region", ["us-east-1", "eu-central-1"])
def test_a_presigned_url_names_the_regions_own_host(
    aws_environment: pytest.MonkeyPatch, region: str
) -> None:
    aws_environment.setenv("AWS_DEFAULT_REGION", region)
    bucket = S3Bucket(client("s3"), "results")
    host = {
        "us-east-1": "results.s3.amazonaws.com",  # where the global host is
        "eu-central-1": "results.s3.eu-central-1.amazonaws.com",
    }[region]

    for url in (
        bucket.presign_get(KEY, expires_s=60),
        bucket.presign_put(KEY, content_type=JSON, expires_s=60),
    ):
        assert httpx.URL(url).host == host
        assert f"%2F{region}%2Fs3%2Faws4_request" in url
