"""Objects on S3."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from spillway.aws.faults import translated
from spillway.aws.wire import bucket
from spillway.aws.wire.bucket import MEDIA_TYPE, check_length, missing

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class S3Bucket:
    """One bucket.

    To tell what is missing, S3 wants s3:ListBucket as well: without it, a missing object is a 403.
    """

    def __init__(self, s3: S3Client, name: str) -> None:
        self._s3 = s3
        self._name = name

    def uri(self, key: str) -> str:
        return bucket.uri(self._name, key)

    def key(self, uri: str) -> str | None:
        return bucket.key(self._name, uri)

    def put(self, key: str, body: bytes) -> None:
        with translated("S3"):
            self._s3.put_object(Bucket=self._name, Key=key, Body=body, ContentType=MEDIA_TYPE)

    def copy(self, source: str, key: str) -> None:
        check_length(source)
        with translated("S3"):
            try:
                self._s3.copy_object(
                    Bucket=self._name,
                    Key=key,
                    CopySource={"Bucket": self._name, "Key": source},
                    ContentType=MEDIA_TYPE,
                    MetadataDirective="REPLACE",
                    TaggingDirective="REPLACE",
                )
            except ClientError as error:
                raise missing(error, source) from None

    def get(self, key: str) -> bytes:
        check_length(key)
        with translated("S3"):
            try:
                return self._s3.get_object(Bucket=self._name, Key=key)["Body"].read()
            except ClientError as error:
                raise missing(error, key) from None

    def size(self, key: str) -> int:
        check_length(key)
        with translated("S3"):
            try:
                return self._s3.head_object(Bucket=self._name, Key=key)["ContentLength"]
            except ClientError as error:
                raise missing(error, key) from None

    def presign_get(self, key: str, *, expires_s: int) -> str:
        return self._s3.generate_presigned_url(
            "get_object", Params={"Bucket": self._name, "Key": key}, ExpiresIn=expires_s
        )

    def presign_put(self, key: str, *, content_type: str, expires_s: int) -> str:
        return self._s3.generate_presigned_url(
            "put_object",
            Params={"Bucket": self._name, "Key": key, "ContentType": content_type},
            ExpiresIn=expires_s,
        )
