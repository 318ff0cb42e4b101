"""The demo model's files, from .model/default to the bucket that the stack made."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError

from local.failure import StartFailed
from local.settings import MODEL

if TYPE_CHECKING:
    from pathlib import Path

    from mypy_boto3_s3 import S3Client

    from local.settings import Settings

MANIFEST = "manifest.json"
DEMO_PROBE = {"text": "ready?"}
# The faster client that boto3 may choose by itself can't speak to an http endpoint.
TRANSFER = TransferConfig(preferred_transfer_client="classic", multipart_chunksize=64 * 1024**2)


def check(settings: Settings) -> Path:
    """Return the model's folder; raise `StartFailed` where it was not built."""
    folder = settings.root / (settings.model or f".model/{MODEL}")
    if not (folder / MANIFEST).is_file():
        how = (
            "`python -m tools.model describe` writes one" if settings.model else "run `make model`"
        )
        raise StartFailed(f"there is no {MANIFEST} in {folder}: {how}")
    return folder


def first_payload(folder: Path) -> Any:  # noqa: ANN401 - any JSON
    """Return what the first job asks: the demo greets, any other model gets its own probe."""
    probe = json.loads((folder / MANIFEST).read_text()).get("probe")
    return {"text": "hello world"} if probe == DEMO_PROBE else probe


def upload(s3: S3Client, bucket: str, folder: Path) -> int:
    """Put the folder below `<model>/`, the manifest last; return the bytes sent."""
    manifest = folder / MANIFEST
    if _stored(s3, bucket, f"{MODEL}/{MANIFEST}") == manifest.read_bytes():
        return 0
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and path != manifest]
    for path in [*files, manifest]:
        key = f"{MODEL}/{path.relative_to(folder).as_posix()}"
        s3.upload_file(str(path), bucket, key, Config=TRANSFER)
    return sum(path.stat().st_size for path in [*files, manifest])


def _stored(s3: S3Client, bucket: str, key: str) -> bytes | None:
    try:
        return s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in {"NoSuchKey", "404"}:
            return None
        raise
