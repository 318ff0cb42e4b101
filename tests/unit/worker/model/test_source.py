"""Every source gives the same bytes for the same range, and says what is missing."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, cast

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError, NoCredentialsError, ReadTimeoutError
from botocore.response import StreamingBody
from botocore.stub import Stubber
from moto import mock_aws

from spillway.errors import ModelLoadFailed
from worker.model.source import CutShort, FolderSource, MemorySource, S3Source, open_source

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mypy_boto3_s3 import S3Client

    from worker.model.source import Source

CONTENT = bytes(range(200))


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Client]:
    for name, value in (("ACCESS_KEY_ID", "test"), ("SECRET_ACCESS_KEY", "test")):
        monkeypatch.setenv(f"AWS_{name}", value)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        client = boto3.client("s3")
        client.create_bucket(
            Bucket="models", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
        )
        client.put_object(Bucket="models", Key="a/b/dir/file", Body=CONTENT)
        yield client


@pytest.fixture(params=["s3", "folder", "memory"])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Source:
    if request.param == "s3":
        request.getfixturevalue("s3")
        return open_source("s3://models/a/b/", connections=2)
    if request.param == "memory":
        return MemorySource({"dir/file": CONTENT})
    (tmp_path / "dir").mkdir()
    (tmp_path / "dir" / "file").write_bytes(CONTENT)
    return open_source(tmp_path.as_uri(), connections=2)


def read_range(source: Source, path: str, start: int, end: int) -> bytes:
    """Put the pieces of one range in their places."""
    got = bytearray(end - start)

    def into(piece: memoryview, offset: int) -> None:
        got[offset - start : offset - start + len(piece)] = piece

    source.read_range(path, start, end, into)
    return bytes(got)


def test_a_file_is_read_whole(source: Source) -> None:
    assert source.read("dir/file") == CONTENT


@pytest.mark.parametrize(("start", "end"), [(0, 200), (0, 1), (50, 150), (199, 200)])
def test_a_range_is_read_into_place(source: Source, start: int, end: int) -> None:
    assert read_range(source, "dir/file", start, end) == CONTENT[start:end]


def test_a_range_past_the_end_is_cut_short(source: Source) -> None:
    with pytest.raises(CutShort, match="dir/file: ended at byte 200, 10 early"):
        read_range(source, "dir/file", 100, 210)


def test_a_missing_file_is_named(source: Source) -> None:
    with pytest.raises(ModelLoadFailed, match=r"gone.*(no such|No such)"):
        source.read("gone")
    with pytest.raises(ModelLoadFailed, match=r"gone.*(no such|No such)"):
        read_range(source, "gone", 0, 10)


@pytest.mark.parametrize("uri", ["s3://models/a/b", "s3://models/a/b/", "s3://models//a/b//"])
def test_a_prefix_is_taken_with_or_without_its_slash(s3: S3Client, uri: str) -> None:
    assert open_source(uri, connections=1).read("dir/file") == CONTENT


def test_a_bucket_may_hold_a_model_at_its_root(s3: S3Client) -> None:
    s3.put_object(Bucket="models", Key="top", Body=b"x")

    assert open_source("s3://models", connections=1).read("top") == b"x"


def test_a_plain_path_is_a_folder(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"x")

    assert open_source(str(tmp_path), connections=1).read("f") == b"x"
    assert isinstance(open_source("./here", connections=1), FolderSource)


@pytest.mark.parametrize("uri", ["", "s3://", "https://models/a", "file://elsewhere/a"])
def test_another_uri_is_refused_with_those_that_work(uri: str) -> None:
    with pytest.raises(ModelLoadFailed, match="give s3://bucket/prefix/ or file:///folder/"):
        open_source(uri, connections=1)


def test_a_missing_bucket_is_named(s3: S3Client) -> None:
    with pytest.raises(ModelLoadFailed, match="s3://nowhere/f: there is no such bucket"):
        open_source("s3://nowhere/", connections=1).read("f")


def test_a_refused_read_says_whose_permission_is_missing(s3: S3Client) -> None:
    client = boto3.client("s3")
    with Stubber(client) as stub:
        stub.add_client_error("get_object", "AccessDenied", http_status_code=403)

        with pytest.raises(ModelLoadFailed, match="the task's role may not read it"):
            S3Source(client, "models", "a").read("f")


def test_a_range_that_the_object_does_not_reach_is_explained(s3: S3Client) -> None:
    with pytest.raises(ModelLoadFailed, match="shorter than its manifest says"):
        read_range(open_source("s3://models/a/b/", connections=1), "dir/file", 500, 600)


def test_a_body_that_breaks_off_is_cut_short(s3: S3Client) -> None:
    client = boto3.client("s3")
    broken = StreamingBody(cast("Any", io.BytesIO(b"12345")), content_length=10)
    with Stubber(client) as stub:
        stub.add_response("get_object", {"Body": broken})

        with pytest.raises(CutShort):
            read_range(S3Source(client, "models", "a"), "f", 0, 10)


class Failing:
    """A client whose every call raises."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def get_object(self, **_: object) -> None:
        raise self._error


def test_a_silent_connection_may_be_tried_again() -> None:
    silent = Failing(ReadTimeoutError(endpoint_url="http://s3"))

    with pytest.raises(CutShort, match="Read timeout"):
        S3Source(cast("Any", silent), "b", "p").read("f")


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (NoCredentialsError(), "credentials"),
        (EndpointConnectionError(endpoint_url="http://s3"), "Could not connect"),
    ],
)
def test_what_botocore_gave_up_on_fails_the_load(error: Exception, reason: str) -> None:
    with pytest.raises(ModelLoadFailed, match=reason):
        S3Source(cast("Any", Failing(error)), "b", "p").read("f")
