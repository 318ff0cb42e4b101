"""A model goes to S3 so that no reader finds a manifest whose files are not there."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws

from tools.model import folder as folders
from tools.model import upload

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mypy_boto3_s3 import S3Client

BUCKET, PREFIX = "models", "shout/0123/"


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Client]:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket=BUCKET)
        yield client


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A described model of two files, one in a folder of its own."""
    (tmp_path / "weights").mkdir()
    (tmp_path / "code.py").write_text("x = 1")
    (tmp_path / "weights" / "all.txt").write_bytes(b"w" * 1000)
    folders.describe(tmp_path, model_version="1", runtime="python", options={}, probe=None)
    return tmp_path


@pytest.fixture
def puts(s3: S3Client) -> list[str]:
    """The keys that are put, in order."""
    keys: list[str] = []

    def note(params: dict[str, Any], **_: object) -> None:
        keys.append(str(params["Key"]))

    s3.meta.events.register("before-parameter-build.s3.PutObject", note)
    return keys


def test_the_manifest_is_put_last(s3: S3Client, folder: Path, puts: list[str]) -> None:
    sent_bytes = upload.upload(s3, BUCKET, PREFIX, folder)

    assert puts == [f"{PREFIX}code.py", f"{PREFIX}weights/all.txt", f"{PREFIX}manifest.json"]
    assert sent_bytes == sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def test_what_is_there_is_not_sent_again(s3: S3Client, folder: Path, puts: list[str]) -> None:
    upload.upload(s3, BUCKET, PREFIX, folder)
    puts.clear()

    assert upload.upload(s3, BUCKET, PREFIX, folder) == 0
    assert puts == []


def test_an_upload_that_broke_off_is_taken_up(s3: S3Client, folder: Path, puts: list[str]) -> None:
    upload.upload(s3, BUCKET, PREFIX, folder)
    for name in ("manifest.json", "code.py"):
        s3.delete_object(Bucket=BUCKET, Key=f"{PREFIX}{name}")
    puts.clear()

    upload.upload(s3, BUCKET, PREFIX, folder)

    assert puts == [f"{PREFIX}code.py", f"{PREFIX}manifest.json"], "the weights are there"


def test_a_changed_file_replaces_one_of_the_same_size(
    s3: S3Client, folder: Path, puts: list[str]
) -> None:
    upload.upload(s3, BUCKET, PREFIX, folder)
    (folder / "code.py").write_text("x = 2")
    folders.describe(folder, model_version="2", runtime="python", options={}, probe=None)
    puts.clear()

    upload.upload(s3, BUCKET, PREFIX, folder)

    assert puts == [f"{PREFIX}code.py", f"{PREFIX}manifest.json"]


def test_a_file_that_the_manifest_does_not_list_stays_here(
    s3: S3Client, folder: Path, puts: list[str]
) -> None:
    (folder / "notes.txt").write_text("not for everybody")

    upload.upload(s3, BUCKET, PREFIX, folder)

    assert f"{PREFIX}notes.txt" not in puts
