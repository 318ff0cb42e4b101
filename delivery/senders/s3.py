"""S3 prefixes: the result itself for a job that succeeded, the event's text for any other end."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from delivery.senders.regional import answering
from spillway.aws.faults import code
from spillway.aws.wire import bucket as naming
from spillway.errors import DeliveryRefused
from spillway.event import EventType

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from spillway.deliveries.delivery import Delivery


class S3:
    """Writes under prefixes.

    A bucket may lie in another region: botocore follows S3's answer that says where. A repeat
    writes the same object again.
    """

    def __init__(self, s3: S3Client, *, result_bucket: str) -> None:
        self._s3 = s3
        self._result_bucket = result_bucket

    def send(self, delivery: Delivery, text: str) -> None:
        """Write `<prefix><jobId>.json`, or `<prefix><jobId>.<event>.json` where it has no result.

        Raises:
            DeliveryRefused: the result has passed its retention.
            Undelivered: the bucket did not take it.

        """
        bucket, _, prefix = delivery.destination.address.removeprefix("s3://").partition("/")
        if delivery.event is EventType.SUCCEEDED:
            self._copy(text, bucket, f"{prefix}{delivery.job_id}.json")
        else:
            self._put(text, bucket, f"{prefix}{delivery.job_id}.{delivery.event}.json")

    def _copy(self, text: str, bucket: str, key: str) -> None:
        uri = json.loads(text)["data"]["result"]["uri"]
        source = naming.key(self._result_bucket, uri)
        if source is None:
            raise DeliveryRefused("the result does not lie in Spillway's bucket of results")
        with answering("S3"):
            try:
                self._s3.copy_object(
                    Bucket=bucket,
                    Key=key,
                    CopySource={"Bucket": self._result_bucket, "Key": source},
                    ContentType=naming.MEDIA_TYPE,
                    MetadataDirective="REPLACE",
                    TaggingDirective="REPLACE",
                )
            except ClientError as error:
                if code(error) == "NoSuchKey":
                    raise DeliveryRefused("the result has passed its retention") from None
                raise

    def _put(self, text: str, bucket: str, key: str) -> None:
        with answering("S3"):
            self._s3.put_object(
                Bucket=bucket, Key=key, Body=text.encode(), ContentType=naming.MEDIA_TYPE
            )
