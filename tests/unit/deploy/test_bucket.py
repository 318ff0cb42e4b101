"""A bucket is emptied of all that keeps S3 from deleting it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from deploy import bucket

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from deploy.account import Account

NAME = "models"


@pytest.fixture
def s3(account: Account) -> S3Client:
    """S3 with one versioned bucket."""
    where = {"LocationConstraint": account.region}
    account.s3.create_bucket(Bucket=NAME, CreateBucketConfiguration=where)  # type: ignore[arg-type]
    account.s3.put_bucket_versioning(Bucket=NAME, VersioningConfiguration={"Status": "Enabled"})
    return account.s3


def test_versions_markers_and_unfinished_uploads_go(s3: S3Client) -> None:
    for body in (b"old", b"new"):
        s3.put_object(Bucket=NAME, Key="replaced", Body=body)
    s3.put_object(Bucket=NAME, Key="deleted", Body=b"x")
    s3.delete_object(Bucket=NAME, Key="deleted")
    s3.create_multipart_upload(Bucket=NAME, Key="unfinished")

    assert bucket.empty(s3, NAME) == 2 + 2 + 1

    assert "Versions" not in s3.list_object_versions(Bucket=NAME)
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=NAME)
    bucket.delete(s3, NAME)
    assert s3.list_buckets()["Buckets"] == []


def test_more_than_one_page_goes(s3: S3Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bucket, "MOST_AT_ONCE", 3)
    for number in range(7):
        s3.put_object(Bucket=NAME, Key=str(number), Body=b"")

    assert bucket.empty(s3, NAME) == 7
    assert "Versions" not in s3.list_object_versions(Bucket=NAME)


def test_a_bucket_that_is_gone_is_empty(s3: S3Client) -> None:
    assert bucket.empty(s3, "gone-bucket") == 0
    bucket.delete(s3, "gone-bucket")


def test_another_bucket_is_left_alone(s3: S3Client, account: Account) -> None:
    where = {"LocationConstraint": account.region}
    s3.create_bucket(Bucket="other", CreateBucketConfiguration=where)  # type: ignore[arg-type]
    s3.put_object(Bucket="other", Key="kept", Body=b"x")

    bucket.empty(s3, NAME)

    assert s3.get_object(Bucket="other", Key="kept")["Body"].read() == b"x"
