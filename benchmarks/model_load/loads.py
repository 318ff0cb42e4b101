"""One load in a process of its own, `loads NAME BUCKET KEY FOLDER ORIGINAL`.

Each way imports what it needs, then makes its clients and brings the object into memory or into
FOLDER. Prints seconds, CPU seconds (those of programs that it starts among them), and the peak of
resident memory in MiB, once every page of the content was read.
"""

from __future__ import annotations

import http.client
import json
import mmap
import os
import resource
import ssl
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Buffer

WEIGHTS = "model.safetensors"
_MIB = 1 << 20
_PAGE = 4096

type Load = Callable[[str, str, Path], Buffer | Path]
"""Brings an object, by its bucket and key, into memory, or below a folder to the path returned."""


def raw(connections: int) -> Load:
    """Ranged GETs by http.client into one buffer, unchecked: what all others are measured by."""

    def load(bucket: str, key: str, folder: Path) -> Buffer:
        del folder
        size = int(_raw("HEAD", bucket, key, {}).headers["content-length"])
        buffer = mmap.mmap(-1, size)
        buffer.madvise(mmap.MADV_HUGEPAGE)
        view, each = memoryview(buffer), -(-size // connections)

        def read(start: int) -> None:
            end = min(start + each, size)
            answer = _raw("GET", bucket, key, {"range": f"bytes={start}-{end - 1}"})
            while start < end:
                start += answer.readinto(view[start:end])

        with ThreadPoolExecutor(connections) as pool:
            list(pool.map(read, range(0, size, each)))
        return buffer

    return load


def _raw(method: str, bucket: str, key: str, headers: dict[str, str]) -> http.client.HTTPResponse:
    place = urlsplit(os.environ["AWS_ENDPOINT_URL"])
    connection: http.client.HTTPConnection
    if place.scheme == "https":
        trusted = ssl.create_default_context(cafile=os.environ["AWS_CA_BUNDLE"])
        connection = http.client.HTTPSConnection(place.netloc, context=trusted)
    else:
        connection = http.client.HTTPConnection(place.netloc)
    connection.request(method, f"/{bucket}/{key}", headers=headers)
    return connection.getresponse()


def spillway(*, is_cached: bool) -> Load:
    """What a worker does: into memory, or a cache on disk, every byte checked."""
    from worker.model.fetch import fetch  # noqa: PLC0415 - only this way has it
    from worker.model.opening import open_source  # noqa: PLC0415

    def load(bucket: str, key: str, folder: Path) -> Path:
        prefix = key.removesuffix(WEIGHTS)
        with closing(open_source(f"s3://{bucket}/{prefix}")) as source:
            fetched = fetch(source, folder, cache=folder / "cache" if is_cached else None)
        return fetched.folder / WEIGHTS

    return load


def get_object() -> Load:
    """The call that comes to mind first."""
    import boto3  # noqa: PLC0415

    def load(bucket: str, key: str, folder: Path) -> Buffer:
        del folder
        content: bytes = boto3.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
        return content

    return load


def download_file(**config: Any) -> Load:  # noqa: ANN401 - boto3's own
    """boto3's transfer manager, with what `TransferConfig` takes."""
    import boto3  # noqa: PLC0415
    from boto3.s3.transfer import TransferConfig  # noqa: PLC0415

    def load(bucket: str, key: str, folder: Path) -> Path:
        path = folder / WEIGHTS
        chosen = TransferConfig(preferred_transfer_client="classic", **config)
        boto3.client("s3").download_file(bucket, key, str(path), Config=chosen)
        return path

    return load


def crt() -> Load:
    """The transfer manager over AWS's C client, as boto3 has it.

    boto3 itself makes that client for AWS's own endpoints alone.
    """
    import botocore.session  # noqa: PLC0415

    made = import_module("s3transfer.crt")

    def load(bucket: str, key: str, folder: Path) -> Path:
        path = folder / WEIGHTS
        session = botocore.session.get_session()
        credentials = made.BotocoreCRTCredentialsWrapper(session.get_credentials())
        client = made.create_s3_crt_client(
            os.environ["AWS_REGION"],
            credentials.to_crt_credentials_provider(),
            use_ssl=os.environ["AWS_ENDPOINT_URL"].startswith("https:"),
            verify=os.environ.get("AWS_CA_BUNDLE"),
        )
        serializer = made.BotocoreCRTRequestSerializer(session)
        with made.CRTTransferManager(client, serializer) as manager:
            manager.download(bucket, key, str(path)).result()
        return path

    return load


def s5cmd() -> Load:
    """A Go program for many objects at once: 16 connections, parts of 16 MB."""
    program = Path(sys.executable).with_name("s5cmd")

    def load(bucket: str, key: str, folder: Path) -> Path:
        path = folder / WEIGHTS
        words = [str(program), "--endpoint-url", os.environ["AWS_ENDPOINT_URL"],
                 "--no-verify-ssl", "--log", "error", "cp", "--concurrency", "16",
                 "--part-size", "16", f"s3://{bucket}/{key}", str(path)]  # fmt: skip
        subprocess.run(words, check=True)  # noqa: S603
        return path

    return load


def runai() -> Load:
    """Run:ai's streamer of safetensors; its tensors are views of one buffer."""
    # The stand-in's address is an IP, below which a bucket can have no name of its own.
    os.environ["RUNAI_STREAMER_S3_USE_VIRTUAL_ADDRESSING"] = "0"
    streamers = import_module("runai_model_streamer")

    def load(bucket: str, key: str, folder: Path) -> Buffer:
        del folder
        with streamers.SafetensorsStreamer() as streamer:
            streamer.stream_file(f"s3://{bucket}/{key}")
            [tensor] = [tensor for _, tensor in streamer.get_tensors()]
        content: Buffer = tensor.numpy().data.cast("B")
        return content

    return load


WAYS: dict[str, Callable[[], Load]] = {
    "raw": lambda: raw(16),
    "raw-4": lambda: raw(4),
    "spillway": lambda: spillway(is_cached=False),
    "spillway-cache": lambda: spillway(is_cached=True),
    "get-object": get_object,
    "download-file": download_file,
    "download-file-tuned": lambda: download_file(
        max_concurrency=32, multipart_chunksize=64 * _MIB, io_chunksize=_MIB
    ),
    "boto3-crt": crt,
    "s5cmd": s5cmd,
    "runai": runai,
}


def main(name: str, bucket: str, key: str, folder: str, original: str) -> None:
    """Load once; say what it took."""
    load = WAYS[name]()
    began_s, began_cpu_s = time.monotonic(), _cpu_s()
    held = load(bucket, key, Path(folder))
    took = {"wall_s": time.monotonic() - began_s, "cpu_s": _cpu_s() - began_cpu_s}
    _read(held, Path(original))
    who = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    took["rss_mib"] = max(resource.getrusage(each).ru_maxrss for each in who) / 1024
    print(json.dumps(took))


def _cpu_s() -> float:
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def _read(held: Buffer | Path, original: Path) -> None:
    """Read a byte of each page, and compare the last of them with those of the object."""
    content = memoryview(_mapped(held) if isinstance(held, Path) else held)
    sum(content[::_PAGE])
    if content[-_MIB:] != memoryview(_mapped(original))[-_MIB:]:
        raise SystemExit("what was loaded is not what is served")


def _mapped(path: Path) -> mmap.mmap:
    with path.open("rb") as stream:
        return mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)


if __name__ == "__main__":
    main(*sys.argv[1:])
