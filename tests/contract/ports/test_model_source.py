"""The contract of a model's source: the twin, a folder, and S3 as the emulator has it."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from spillway.aws.clients import client
from spillway.errors import ModelLoadFailed
from tests.unit.worker.model.models import WEIGHTS, model
from worker.model.fetch import fetch
from worker.model.opening import open_source
from worker.model.source import MemorySource, Replaced

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.contract.ports.implementations import Implementation
    from worker.model.source import Source

type Put = Callable[[str, bytes], Source]

FILES = {**model(weights=WEIGHTS, empty=b"").files, "deep/er/größe 1+1.txt": b"found"}


@pytest.fixture(params=["twin", "folder", "emulator"])
def put(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Put]:
    """Put a file below the prefix; gives the source of all that lie there."""
    if request.param == "twin":
        source = MemorySource({})
        yield lambda path, content: (source.files.update({path: content}), source)[1]
        return
    if request.param == "folder":
        yield lambda path, content: _written(tmp_path / "source", path, content)
        return
    chosen: Implementation = request.getfixturevalue(f"on_{request.param}")
    s3 = client("s3")
    s3.create_bucket(Bucket=chosen.unique)
    with closing(open_source(f"s3://{chosen.unique}/default/0123/")) as opened:

        def stored(path: str, content: bytes) -> Source:
            s3.put_object(Bucket=chosen.unique, Key=f"default/0123/{path}", Body=content)
            return opened

        yield stored


def _written(folder: Path, path: str, content: bytes) -> Source:
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / path).write_bytes(content)
    return open_source(folder.as_uri())


@pytest.fixture
def source(put: Put) -> Source:
    [*_, last] = [put(path, content) for path, content in FILES.items()]
    return last


def read_range(source: Source, start: int, end: int) -> bytes:
    return b"".join(bytes(piece) for piece in source.stream("weights", start, end))


@pytest.mark.parametrize("path", FILES)
def test_a_file_is_read_whole(source: Source, path: str) -> None:
    assert source.read(path) == FILES[path]


@pytest.mark.parametrize(("start", "end"), [(0, 10_240), (0, 1), (5000, 6000), (10_239, 10_240)])
def test_a_range_is_read(source: Source, start: int, end: int) -> None:
    assert read_range(source, start, end) == WEIGHTS[start:end]


def test_a_range_past_the_end_gives_what_there_is(source: Source) -> None:
    assert read_range(source, 10_000, 20_000) == WEIGHTS[10_000:]


def test_what_is_not_there_is_named(source: Source) -> None:
    with pytest.raises(ModelLoadFailed, match=r"gone.*(no such|No such)"):
        source.read("gone")
    with pytest.raises(ModelLoadFailed, match=r"gone.*(no such|No such)"):
        list(source.stream("gone", 0, 10))


@pytest.mark.parametrize("put", ["emulator"], indirect=True)
def test_an_object_that_is_replaced_while_it_is_read_is_told(
    put: Put,
) -> None:
    source = put("weights", WEIGHTS)
    list(source.stream("weights", 0, 1000))
    put("weights", WEIGHTS[::-1])

    with pytest.raises(Replaced):
        list(source.stream("weights", 1000, 2000))

    assert read_range(source, 0, 1000) == WEIGHTS[::-1][:1000]


def test_a_model_comes_whole(source: Source, tmp_path: Path) -> None:
    fetched = fetch(source, tmp_path / "model", cache=tmp_path / "cache")

    assert (fetched.folder / "weights").read_bytes() == WEIGHTS
    assert (fetched.folder / "empty").read_bytes() == b""
    fetched.close()
