"""Buckets on their way out: S3 deletes none that holds anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from deploy.failure import DeployFailed

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import ObjectIdentifierTypeDef

MOST_AT_ONCE = 1000


def empty(s3: S3Client, bucket: str) -> int:
    """Delete every version, delete marker and unfinished upload; return how many there were.

    A bucket that is gone has none.
    """
    try:
        return _delete_versions(s3, bucket) + _abort_uploads(s3, bucket)
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchBucket":
            return 0
        raise


def _delete_versions(s3: S3Client, bucket: str) -> int:
    count = 0
    while page := _first_page(s3, bucket):
        answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": page, "Quiet": True})
        if errors := answer.get("Errors", []):
            first = errors[0]
            raise DeployFailed(f"{bucket}: {first.get('Key')}: {first.get('Message')}")
        count += len(page)
    return count


def _first_page(s3: S3Client, bucket: str) -> list[ObjectIdentifierTypeDef]:
    """The first versions and markers, as many as S3 deletes at once."""
    page = s3.list_object_versions(Bucket=bucket, MaxKeys=MOST_AT_ONCE)
    found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
    return [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in found]


def _abort_uploads(s3: S3Client, bucket: str) -> int:
    count = 0
    for page in s3.get_paginator("list_multipart_uploads").paginate(Bucket=bucket):
        for upload in page.get("Uploads", []):
            s3.abort_multipart_upload(Bucket=bucket, Key=upload["Key"], UploadId=upload["UploadId"])
            count += 1
    return count


def delete(s3: S3Client, bucket: str) -> None:
    """Delete an empty bucket; one that is gone is fine."""
    try:
        s3.delete_bucket(Bucket=bucket)
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchBucket":
            raise
