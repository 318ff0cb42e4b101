"""Where the services answer, by botocore's rules: partitions, FIPS, endpoints of one's own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from botocore.utils import get_environ_proxies

from spillway.aws.clients import client

if TYPE_CHECKING:
    from botocore.client import BaseClient


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One service's, or one bucket's, address: `prefix` stands before every path.

    `proxy` is by which it is reached, if any.
    """

    service: str
    region: str
    origin: str
    prefix: str
    proxy: str | None

    @property
    def host(self) -> str:
        """The host's name, with its port where that is not the scheme's own."""
        return urlsplit(self.origin).netloc

    @property
    def is_tls(self) -> bool:
        """Whether it is spoken to over TLS."""
        return self.origin.startswith("https:")


def service_endpoint(service: Literal["dynamodb", "sqs"]) -> Endpoint:
    """Where a service answers, in the region and by the endpoints that the environment names."""
    made: BaseClient = client(service)
    try:
        return _endpoint(service, made, made.meta.endpoint_url)
    finally:
        made.close()


def bucket_endpoint(bucket: str) -> Endpoint:
    """Where a bucket's objects lie: the bucket stands in the host's name or in the path."""
    made = client("s3")
    try:
        # What botocore presigns is what it would send: no other call tells where without sending.
        url = made.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "-"})
        return _endpoint("s3", made, url.partition("?")[0].removesuffix("/-"))
    finally:
        made.close()


def _endpoint(service: str, made: BaseClient, url: str) -> Endpoint:
    parts = urlsplit(url)
    return Endpoint(
        service=service,
        region=made.meta.region_name,
        origin=f"{parts.scheme}://{parts.netloc}",
        prefix=parts.path.rstrip("/"),
        proxy=get_environ_proxies(url).get(parts.scheme),
    )
