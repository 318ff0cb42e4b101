"""Objects on S3, as far as a worker reads and writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from spillway.aws.faults import translated
from spillway.aws.wire import bucket
from spillway.aws.wire.bucket import MEDIA_TYPE, check_length, missing

if TYPE_CHECKING:
    from spillway.aws.aio.clients import ObjectClient


class S3Bucket:
    """One bucket.

    To tell what is missing, S3 wants s3:ListBucket as well: without it, a missing object is a 403.
    """

    def __init__(self, objects: ObjectClient, name: str) -> None:
        self._objects = objects
        self._name = name

    def uri(self, key: str) -> str:
        return bucket.uri(self._name, key)

    def key(self, uri: str) -> str | None:
        return bucket.key(self._name, uri)

    async def get(self, key: str, *, most_bytes: int) -> bytes:
        check_length(key)
        with translated("S3"):
            try:
                return await self._objects.get(key, most_bytes=most_bytes)
            except ClientError as error:
                raise missing(error, key) from None

    async def put(self, key: str, body: bytes) -> None:
        with translated("S3"):
            await self._objects.put(key, body, media_type=MEDIA_TYPE)
