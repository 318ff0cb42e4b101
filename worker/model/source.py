"""Where a model's files come from: a prefix in S3, a folder, or this process's memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO, Protocol

from spillway.errors import ModelLoadFailed

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping
    from pathlib import Path

CHUNK_BYTES = 256 << 10
"""What is read at once: hashed and written while it is still in the processor's own cache."""


class CutShort(OSError):
    """A read ended early, was refused for now, or its connection broke: it may be tried again."""


class Replaced(CutShort):
    """The object is another than the one whose first bytes were read: begin with it anew."""


class Source(Protocol):
    """A model's files by their paths under the prefix.

    Every method raises `CutShort` where asking again may help, `ModelLoadFailed` where it would
    not. Threads may share it.
    """

    def read(self, path: str) -> bytes:
        """Return a whole, small file."""

    def stream(self, path: str, start: int, end: int) -> Generator[bytes | memoryview]:
        """Give the bytes from `start` up to `end`, or fewer if the file ends before.

        They come in pieces, each of which is good until the next.
        """

    def close(self) -> None:
        """Let go of what it is reached by."""


class FolderSource:
    """Files below a folder of this machine."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, path: str) -> bytes:
        """Return a whole file."""
        with self._open(path) as stream:
            return stream.read()

    def stream(self, path: str, start: int, end: int) -> Generator[bytes | memoryview]:
        """Read one range of a file."""
        with self._open(path) as stream:
            stream.seek(start)
            while chunk := stream.read(min(CHUNK_BYTES, end - stream.tell())):
                yield chunk

    def close(self) -> None:
        """Hold nothing."""

    def _open(self, path: str) -> BinaryIO:
        try:
            return (self._folder / path).open("rb", buffering=0)
        except OSError as error:
            raise ModelLoadFailed(f"{self._folder / path}: {error.strerror}") from error


class MemorySource:
    """The twin for tests: files in a dict. `ranges` records each range that was asked for."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.files = dict(files)
        self.ranges: list[tuple[str, int, int]] = []

    def read(self, path: str) -> bytes:
        """Return a whole file."""
        try:
            return self.files[path]
        except KeyError:
            raise ModelLoadFailed(f"memory:{path}: there is no such object") from None

    def stream(self, path: str, start: int, end: int) -> Generator[bytes | memoryview]:
        """Hand over one range in two pieces, as a network might."""
        self.ranges.append((path, start, end))
        content = self.read(path)[start:end]
        middle = len(content) // 2
        yield from filter(None, (content[:middle], content[middle:]))

    def close(self) -> None:
        """Hold nothing."""
