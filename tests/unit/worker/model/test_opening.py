"""A model's URI names where its files are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from spillway.errors import ModelLoadFailed
from worker.model.opening import open_source
from worker.model.source import FolderSource

if TYPE_CHECKING:
    from pathlib import Path

CONTENT = bytes(range(200))


@pytest.fixture(params=["uri", "path"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A folder with a file, as it may be named."""
    (tmp_path / "a b").mkdir()
    (tmp_path / "a b" / "file").write_bytes(CONTENT)
    return tmp_path.as_uri() if request.param == "uri" else str(tmp_path)


def test_a_folder_is_named_by_its_uri_or_its_path(folder: str) -> None:
    source = open_source(folder)

    assert source.read("a b/file") == CONTENT
    assert b"".join(source.stream("a b/file", 50, 150)) == CONTENT[50:150]


def test_a_range_past_the_end_gives_what_there_is(folder: str) -> None:
    assert b"".join(open_source(folder).stream("a b/file", 100, 300)) == CONTENT[100:]


def test_a_missing_file_is_named(folder: str) -> None:
    with pytest.raises(ModelLoadFailed, match=r"gone.*No such"):
        open_source(folder).read("gone")


def test_a_folder_beside_is_a_folder() -> None:
    assert isinstance(open_source("./here"), FolderSource)


@pytest.mark.parametrize("uri", ["", "s3://", "https://models/a", "file://elsewhere/a"])
def test_another_uri_is_refused_with_those_that_work(uri: str) -> None:
    with pytest.raises(ModelLoadFailed, match="give s3://bucket/prefix/ or file:///folder/"):
        open_source(uri)
