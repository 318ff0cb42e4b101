"""The demo model's files, from .model/default to the bucket that the stack made."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from local.failure import StartFailed
from local.settings import MODEL
from spillway.errors import ModelLoadFailed
from tools.model import upload as uploads
from tools.model.upload import MANIFEST

if TYPE_CHECKING:
    from pathlib import Path

    from mypy_boto3_s3 import S3Client

    from local.settings import Settings

DEMO_PROBE = {"text": "ready?"}


def check(settings: Settings) -> Path:
    """Return the model's folder; raise `StartFailed` where it was not built."""
    folder = settings.root / (settings.model or f".model/{MODEL}")
    if not (folder / MANIFEST).is_file():
        how = "`make describe` writes one" if settings.model else "run `make model`"
        raise StartFailed(f"there is no {MANIFEST} in {folder}: {how}")
    return folder


def first_payload(folder: Path) -> Any:  # noqa: ANN401 - any JSON
    """Return what the first job asks: the demo greets, any other model gets its own probe."""
    probe = json.loads((folder / MANIFEST).read_text()).get("probe")
    return {"text": "hello world"} if probe == DEMO_PROBE else probe


def upload(s3: S3Client, bucket: str, folder: Path) -> int:
    """Put the folder below `<model>/`, the manifest last; return the bytes sent."""
    try:
        return uploads.upload(s3, bucket, f"{MODEL}/", folder)
    except ModelLoadFailed as error:
        raise StartFailed(str(error)) from None
