"""A model's folder to S3, such that a manifest never stands there before its files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError

from spillway.errors import ModelLoadFailed
from worker.model import checking
from worker.model import manifest as manifests
from worker.model.parts import plan

if TYPE_CHECKING:
    from pathlib import Path

    from mypy_boto3_s3 import S3Client

    from worker.model.manifest import Manifest, ModelFile

MANIFEST = manifests.NAME
MISSING = {"NoSuchKey", "NotFound", "404"}
# The faster client that boto3 may choose by itself can't speak to an http endpoint.
TRANSFER = TransferConfig(preferred_transfer_client="classic", multipart_chunksize=64 * 1024**2)
SHA256 = "sha256"
"""The metadata that says what was uploaded: an ETag of several parts is no hash of the content."""


def checked(folder: Path) -> Manifest:
    """Return the folder's manifest once each file is what it says; else `ModelLoadFailed`."""
    raw = read(folder)
    manifest = manifests.parse(raw)
    faults = [fault for file in manifest.files if (fault := _fault(folder / file.path, file))]
    if faults:
        told = "; ".join(faults)
        raise ModelLoadFailed(f"{folder}: {told}. `make describe` writes the manifest anew")
    return manifest


def read(folder: Path) -> bytes:
    """Return the manifest as it stands in the folder; else `ModelLoadFailed`."""
    try:
        return (folder / MANIFEST).read_bytes()
    except OSError:
        raise ModelLoadFailed(
            f"there is no {MANIFEST} in {folder}: `make describe` writes one"
        ) from None


def upload(s3: S3Client, bucket: str, prefix: str, folder: Path) -> int:
    """Put the manifest's files below the prefix, itself last; return the bytes that were sent.

    What an upload that broke off has brought there is not sent again.
    """
    raw = read(folder)
    if stored(s3, bucket, f"{prefix}{MANIFEST}") == raw:
        return 0
    sent = sum(_put(s3, bucket, prefix, folder, file) for file in manifests.parse(raw).files)
    s3.put_object(Bucket=bucket, Key=f"{prefix}{MANIFEST}", Body=raw)
    return sent + len(raw)


def stored(s3: S3Client, bucket: str, key: str) -> bytes | None:
    """Return a small object, None where there is none."""
    try:
        return s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in MISSING:
            return None
        raise


def stored_manifest(s3: S3Client, bucket: str, prefix: str) -> Manifest | None:
    """Return the manifest that lies below a prefix, None where there is none."""
    raw = stored(s3, bucket, f"{prefix}{MANIFEST}")
    return None if raw is None else manifests.parse(raw)


def _put(s3: S3Client, bucket: str, prefix: str, folder: Path, file: ModelFile) -> int:
    key = f"{prefix}{file.path}"
    if _stored_sha256(s3, bucket, key) == file.sha256:
        return 0
    said = {"Metadata": {SHA256: file.sha256}}
    s3.upload_file(str(folder / file.path), bucket, key, Config=TRANSFER, ExtraArgs=said)
    return file.bytes


def _stored_sha256(s3: S3Client, bucket: str, key: str) -> str | None:
    try:
        return s3.head_object(Bucket=bucket, Key=key)["Metadata"].get(SHA256)
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in MISSING:
            return None
        raise


def _fault(path: Path, file: ModelFile) -> str | None:
    if not path.is_file():
        return f"{file.path} is missing"
    with path.open("rb") as stream:
        is_it = path.stat().st_size == file.bytes and _is(stream.fileno(), file)
    return None if is_it else f"{file.path} is not what the manifest says"


def _is(descriptor: int, file: ModelFile) -> bool:
    """Whether all that the manifest says of the content holds."""
    return checking.sha256(descriptor, file.bytes) == file.sha256 and all(
        checking.is_right(descriptor, part) for part in plan(file) if part.blake3 is not None
    )
