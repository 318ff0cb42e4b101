"""What the environment says about AWS: whose credentials, which region, which endpoints."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

_DOMAINS = (
    (re.compile(r"cn-[a-z]+-\d"), "amazonaws.com.cn"),
    (re.compile(r"(?:us-gov|af|ap|ca|eu|il|me|mx|sa|us)-[a-z]+-\d"), "amazonaws.com"),
)
"""Regions of the partitions aws, aws-us-gov and aws-cn; others have rules that botocore knows."""
_BEYOND = (
    "AWS_CA_BUNDLE",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_USE_DUALSTACK_ENDPOINT",
    "AWS_USE_FIPS_ENDPOINT",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "http_proxy",
    "https_proxy",
)
"""What botocore obeys and the light clients do not. By the second, SnapStart gives credentials that
change while a process lives:
https://docs.aws.amazon.com/lambda/latest/dg/snapstart-activate.html"""


@dataclass(frozen=True, slots=True)
class Credentials:
    """One set of keys, good for as long as the process lives: Lambda ends it before they expire."""

    key_id: str
    secret: str = field(repr=False)
    token: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Environment:
    """All that a light client needs to know."""

    credentials: Credentials
    region: str
    domain: str
    endpoints: Mapping[str, str]

    def endpoint(self, service: str) -> str:
        """The service's address, without a slash at its end."""
        return self.endpoints.get(service, f"https://{service}.{self.region}.{self.domain}")

    def bucket_endpoint(self, bucket: str) -> tuple[str, str]:
        """A bucket's address, and what stands before its keys.

        AWS wants the bucket in the host's name; an endpoint of the user's own may have no such
        names. TLS certificates cover no bucket with a dot in its name.
        """
        if "s3" in self.endpoints or "." in bucket:
            return self.endpoint("s3"), f"/{bucket}"
        return f"https://{bucket}.s3.{self.region}.{self.domain}", ""


def read(environment: Mapping[str, str]) -> Environment | None:
    """The environment, or None where it asks for what the light clients can't do."""
    region = environment.get("AWS_DEFAULT_REGION") or environment.get("AWS_REGION") or ""
    domain = next((name for regions, name in _DOMAINS if regions.fullmatch(region)), None)
    key_id, secret = (
        environment.get(name) for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    )
    if not (domain and key_id and secret) or any(environment.get(name) for name in _BEYOND):
        return None
    credentials = Credentials(key_id, secret, environment.get("AWS_SESSION_TOKEN") or None)
    return Environment(credentials, region, domain, _endpoints(environment))


def _endpoints(environment: Mapping[str, str]) -> dict[str, str]:
    """Addresses that take the place of AWS's own, by service."""
    if environment.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "").lower() == "true":
        return {}
    named = {
        service: environment.get(f"AWS_ENDPOINT_URL_{service.upper()}")
        or environment.get("AWS_ENDPOINT_URL")
        for service in ("dynamodb", "ecs", "lambda", "s3", "sqs", "ssm")
    }
    return {service: url.rstrip("/") for service, url in named.items() if url and _is_url(url)}


def _is_url(text: str) -> bool:
    parts = urlsplit(text)
    return parts.scheme in {"http", "https"} and bool(parts.hostname)
