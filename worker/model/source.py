"""Where a model's files come from: a prefix in S3, a folder, or this process's memory."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol
from urllib.parse import unquote, urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
    IncompleteReadError,
)

from spillway.errors import ModelLoadFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from mypy_boto3_s3 import S3Client

type Sink = Callable[[memoryview, int], None]
"""Takes bytes and their offset in the file. Pieces of one range come in order."""

CHUNK_BYTES = 1 << 20


class CutShort(OSError):
    """A range's body ended early, or its connection broke: the range may be read again."""


class Source(Protocol):
    """A model's files by their paths under the prefix.

    Every method raises `ModelLoadFailed` where asking again would not help.
    """

    def read(self, path: str) -> bytes:
        """Return a whole, small file."""

    def read_range(self, path: str, start: int, end: int, into: Sink) -> None:
        """Hand the bytes from `start` up to `end` to the sink, or raise `CutShort`."""


def open_source(uri: str, *, connections: int) -> Source:
    """Return the source that a MODEL_URI names: `s3://bucket/prefix/`, `file:///folder/`, a path.

    `connections` bounds how many ranges may be read at once.
    """
    parts = urlsplit(uri)
    match parts.scheme:
        case "s3" if parts.netloc:
            return S3Source(_s3_client(connections), parts.netloc, parts.path.strip("/"))
        case "file" if parts.netloc in ("", "localhost"):
            return FolderSource(Path(unquote(parts.path)))
        case "" if uri:
            return FolderSource(Path(uri))
    raise ModelLoadFailed(f"{uri!r} is no model URI: give s3://bucket/prefix/ or file:///folder/")


def _s3_client(connections: int) -> S3Client:
    """A client of its own: the worker's other calls need neither this pool nor this patience."""
    config = Config(
        max_pool_connections=connections,
        connect_timeout=5,
        read_timeout=20,
        tcp_keepalive=True,
        retries={"mode": "standard", "total_max_attempts": 5},
        # The manifest's SHA-256 covers every byte; a second checksum would only cost time.
        response_checksum_validation="when_required",
    )
    return boto3.client("s3", config=config)


class S3Source:
    """Objects below one prefix of a bucket."""

    def __init__(self, client: S3Client, bucket: str, prefix: str) -> None:
        self._client = client
        self._bucket = bucket
        self._prefix = f"{prefix}/" if prefix else ""

    def read(self, path: str) -> bytes:
        """Return a whole object."""
        key = self._prefix + path
        with _explained(f"s3://{self._bucket}/{key}"):
            return self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read()

    def read_range(self, path: str, start: int, end: int, into: Sink) -> None:
        """Read one range. Botocore retries the request; a body that breaks off is `CutShort`."""
        key = self._prefix + path
        at = start
        with _explained(f"s3://{self._bucket}/{key}"):
            answer = self._client.get_object(
                Bucket=self._bucket, Key=key, Range=f"bytes={start}-{end - 1}"
            )
            with answer["Body"] as body:
                while chunk := body.read(min(CHUNK_BYTES, end - at)):
                    into(memoryview(chunk), at)
                    at += len(chunk)
        _check_complete(path, at, end)


@contextmanager
def _explained(uri: str) -> Iterator[None]:
    """Turn botocore's errors into ours: one reader's bad luck, or everyone's."""
    try:
        yield
    except ClientError as error:
        fault = error.response.get("Error", {})
        reason = _reasons.get(fault.get("Code", ""), fault.get("Message", "refused"))
        raise ModelLoadFailed(f"{uri}: {reason} ({fault.get('Code', 'no code')})") from error
    except (HTTPClientError, IncompleteReadError) as error:
        raise CutShort(f"{uri}: {error}") from error
    except BotoCoreError as error:
        raise ModelLoadFailed(f"{uri}: {error}") from error


_reasons: Mapping[str, str] = {
    "NoSuchKey": "there is no such object",
    "NoSuchBucket": "there is no such bucket",
    "AccessDenied": "the task's role may not read it, or it does not exist",
    "InvalidRange": "the object is shorter than its manifest says",
}


class FolderSource:
    """Files below a folder of this machine."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, path: str) -> bytes:
        """Return a whole file."""
        with self._open(path) as stream:
            return stream.read()

    def read_range(self, path: str, start: int, end: int, into: Sink) -> None:
        """Read one range of a file."""
        at = start
        with self._open(path) as stream:
            stream.seek(start)
            while chunk := stream.read(min(CHUNK_BYTES, end - at)):
                into(memoryview(chunk), at)
                at += len(chunk)
        _check_complete(path, at, end)

    def _open(self, path: str) -> BinaryIO:
        try:
            return (self._folder / path).open("rb", buffering=0)
        except OSError as error:
            raise ModelLoadFailed(f"{self._folder / path}: {error.strerror}") from error


class MemorySource:
    """The twin for tests: files in a dict. `ranges` records each range that was asked for."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.files = dict(files)
        self.ranges: list[tuple[str, int, int]] = []

    def read(self, path: str) -> bytes:
        """Return a whole file."""
        try:
            return self.files[path]
        except KeyError:
            raise ModelLoadFailed(f"memory:{path}: there is no such object") from None

    def read_range(self, path: str, start: int, end: int, into: Sink) -> None:
        """Hand over one range in two pieces, as a network might."""
        self.ranges.append((path, start, end))
        content = memoryview(self.read(path))[start:end]
        middle = len(content) // 2
        into(content[:middle], start)
        into(content[middle:], start + middle)
        _check_complete(path, start + len(content), end)


def _check_complete(path: str, at: int, end: int) -> None:
    if at < end:
        raise CutShort(f"{path}: ended at byte {at}, {end - at} early")
