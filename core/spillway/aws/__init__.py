"""Every port, answered by AWS through botocore."""

from spillway.aws.bucket import S3Bucket
from spillway.aws.clients import POLL_TIMEOUT_S, client
from spillway.aws.queue import SqsQueue, SqsQueues
from spillway.aws.registry import SsmRegistry
from spillway.aws.store import DynamoStore

__all__ = [
    "POLL_TIMEOUT_S",
    "DynamoStore",
    "S3Bucket",
    "SqsQueue",
    "SqsQueues",
    "SsmRegistry",
    "client",
]
