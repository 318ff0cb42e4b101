"""A model's versions: each in a folder of ModelBucket that bears its manifest's digest.

Files are never replaced, so a task that starts during a deploy or after a rollback finds all the
files of the version that its task definition names, and no others.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploy.failure import DeployFailed
from spillway.errors import ModelLoadFailed
from tools.model import upload

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mypy_boto3_s3 import S3Client

    from deploy.console import Console

DIGEST_LENGTH = 16
DIGEST = re.compile(rf"[0-9a-f]{{{DIGEST_LENGTH}}}")


@dataclass(frozen=True)
class Version:
    """One version: its digest, the name that its manifest gives it, and the folder it is in here.

    `folder` is None for one that lies in the bucket already.
    """

    digest: str
    label: str
    folder: Path | None = None


def of_folder(folder: Path) -> Version:
    """Return the version in a folder, its files checked; raise `DeployFailed` if they are wrong."""
    try:
        manifest = upload.checked(folder)
    except ModelLoadFailed as error:
        raise DeployFailed(f"MODEL={folder}: {error}") from None
    return Version(manifest.digest[:DIGEST_LENGTH], manifest.model_version, folder)


def stored(s3: S3Client, bucket: str, model: str, digest: str) -> Version:
    """Return a version that is in the bucket; else raise `DeployFailed` naming those that are."""
    there = {version.digest: version for version in every(s3, bucket, model)}
    if digest not in there:
        named = ", ".join(f"{each.digest} ({each.label})" for each in there.values()) or "none"
        raise DeployFailed(f"DIGEST={digest}: {bucket} has no such version of {model}, but {named}")
    return there[digest]


def every(s3: S3Client, bucket: str, model: str) -> Iterator[Version]:
    """The versions of a model in the bucket, whole ones only."""
    pages = s3.get_paginator("list_objects_v2").paginate(
        Bucket=bucket, Prefix=f"{model}/", Delimiter="/"
    )
    folders = (found["Prefix"] for page in pages for found in page.get("CommonPrefixes", []))
    for folder in folders:
        digest = folder.removeprefix(f"{model}/").rstrip("/")
        manifest = upload.stored_manifest(s3, bucket, folder)
        if DIGEST.fullmatch(digest) and manifest is not None:
            yield Version(digest, manifest.model_version)


def bring(console: Console, s3: S3Client, bucket: str, model: str, version: Version) -> None:
    """Upload a version's files, if they are not there."""
    title, named = f"upload {model}", f"version {version.digest} ({version.label})"
    if version.folder is None:
        console.skipped(title, f"{named} is in {bucket}")
        return
    with console.step(title) as step:
        prefix = f"{model}/{version.digest}/"
        sent_bytes = upload.upload(s3, bucket, prefix, version.folder)
        told = f"{sent_bytes:,} bytes" if sent_bytes else "there already"
        step.note = f"{named}: {told}"
