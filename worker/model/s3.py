"""A model's files in S3: ranges of objects, each request signed and sent once.

Who reads a part knows how much of it is there, and asks again.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from http.client import HTTPException
from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

from spillway.aws.aio.endpoints import bucket_endpoint
from spillway.aws.faults import code, is_passing
from spillway.aws.light.environment import Credentials
from spillway.aws.light.signature import Signer
from spillway.aws.wire.answer import refusal
from spillway.aws.wire.request import get_request, signed
from spillway.errors import ModelLoadFailed
from worker.model.connections import Connections
from worker.model.source import CHUNK_BYTES, CutShort, Replaced

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping
    from http.client import HTTPResponse

    from spillway.aws.aio.endpoints import Endpoint

_REGION = "x-amz-bucket-region"
"""S3's header that tells where a bucket is, when asked elsewhere."""
_MOST_OF_A_REFUSAL = 64 << 10


class S3Source:
    """Objects below one prefix of a bucket; credentials, region and endpoint as botocore's."""

    def __init__(self, bucket: str, prefix: str) -> None:
        self._bucket = bucket
        self._prefix = f"{prefix}/" if prefix else ""
        self._etags: dict[str, str] = {}
        with self._explained(""):
            self._credentials = boto3.Session().get_credentials()
            self._go_to(bucket_endpoint(bucket))

    def read(self, path: str) -> bytes:
        """Return a whole object."""
        with self._explained(path), self._got(path, {}) as answer:
            return answer.read()

    def stream(self, path: str, start: int, end: int) -> Generator[memoryview]:
        """Read one range of the object that was first met under this path, or be `Replaced`."""
        asked = {"range": f"bytes={start}-{end - 1}"}
        if (known := self._etags.get(path)) is not None:
            asked["if-match"] = known
        buffer = memoryview(bytearray(min(CHUNK_BYTES, end - start)))
        with self._explained(path), self._got(path, asked) as answer:
            self._check(path, answer, start)
            while count := answer.readinto(buffer):
                yield buffer[:count]

    def close(self) -> None:
        """Close the connections."""
        self._connections.close()

    def _check(self, path: str, answer: HTTPResponse, start: int) -> None:
        """Raise where the answer is of another object, or of another place in it."""
        etag = answer.headers.get("etag", "")
        if self._etags.setdefault(path, etag) != etag:
            raise self._replaced(path)
        if not answer.headers.get("content-range", "").startswith(f"bytes {start}-"):
            raise ModelLoadFailed(f"{self._uri(path)}: the endpoint knows no ranges")

    def _replaced(self, path: str) -> Replaced:
        self._etags.pop(path, None)
        return Replaced(f"{self._uri(path)}: was replaced while it was read")

    def _uri(self, path: str) -> str:
        return f"s3://{self._bucket}/{self._prefix}{path}"

    @contextmanager
    def _got(self, path: str, asked: Mapping[str, str]) -> Iterator[HTTPResponse]:
        """Ask for an object; its answer is a good one."""
        request = get_request(self._endpoint.prefix, self._prefix + path)
        request = replace(request, headers={**request.headers, **asked})
        headers = signed(request, self._signer(), host=self._endpoint.host, prefix="")
        with self._connections.get(request.path, headers) as answer:
            if answer.status >= 300:
                self._follow(path, answer.headers.get(_REGION))
                raise refusal(request.operation, answer.status, answer.read(_MOST_OF_A_REFUSAL))
            yield answer

    def _signer(self) -> Signer:
        """Of the credentials as they are now: a role's are renewed before they expire."""
        if self._credentials is None:
            raise NoCredentialsError
        now = self._credentials.get_frozen_credentials()
        held = Credentials(now.access_key or "", now.secret_key or "", now.token)
        return Signer(held, self._endpoint.region, "s3")

    def _follow(self, path: str, region: str | None) -> None:
        """Go on in the bucket's own region, where the answer names another."""
        here = self._endpoint
        if region not in (None, here.region):
            origin = here.origin.replace(f".{here.region}.", f".{region}.")
            self.close()
            self._go_to(replace(here, region=region, origin=origin))
            raise CutShort(f"{self._uri(path)}: the bucket lies in {region}")

    def _go_to(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._connections = Connections(endpoint)

    @contextmanager
    def _explained(self, path: str) -> Iterator[None]:
        """Tell bad luck of this one read from what is everyone's."""
        try:
            yield
        except CutShort:
            raise
        except (OSError, HTTPException) as error:
            raise CutShort(f"{self._uri(path)}: {error or type(error).__name__}") from error
        except (BotoCoreError, ClientError) as error:
            if isinstance(error, ClientError) and code(error) == "PreconditionFailed":
                raise self._replaced(path) from error
            kind = CutShort if is_passing(error) else ModelLoadFailed
            raise kind(f"{self._uri(path)}: {_told(error)}") from error


def _told(error: BotoCoreError | ClientError) -> str:
    if not isinstance(error, ClientError):
        return str(error)
    fault = error.response.get("Error", {})
    reason = _REASONS.get(code(error)) or fault.get("Message") or "refused"
    return f"{reason} ({code(error)})"


_REASONS: Mapping[str, str] = {
    "NoSuchKey": "there is no such object",
    "NoSuchBucket": "there is no such bucket",
    "AccessDenied": "the task's role may not read it, or it does not exist",
    "InvalidRange": "the object is shorter than its manifest says",
}
