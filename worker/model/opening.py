"""Which source a MODEL_URI names."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from spillway.errors import ModelLoadFailed
from worker.model.s3 import S3Source
from worker.model.source import FolderSource

if TYPE_CHECKING:
    from worker.model.source import Source


def open_source(uri: str) -> Source:
    """Return the source at `s3://bucket/prefix/`, at `file:///folder/`, or at a folder's path."""
    parts = urlsplit(uri)
    match parts.scheme:
        case "s3" if parts.netloc:
            return S3Source(parts.netloc, parts.path.strip("/"))
        case "file" if parts.netloc in ("", "localhost"):
            return FolderSource(Path(unquote(parts.path)))
        case "" if uri:
            return FolderSource(Path(uri))
    raise ModelLoadFailed(f"{uri!r} is no model URI: give s3://bucket/prefix/ or file:///folder/")
