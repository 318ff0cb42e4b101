"""Which versions were measured."""

from __future__ import annotations

import platform
from importlib.metadata import distributions, version
from typing import TYPE_CHECKING

from benchmarks.worker.roster import BENCH

if TYPE_CHECKING:
    from collections.abc import Iterator

PEERS = ("celery", "kombu", "dramatiq", "dramatiq-sqs", "taskiq", "taskiq-aio-sqs", "taskiq-sqs")
OURS = ("boto3", "numpy")


def versions() -> str:
    """A line of them; peers that are not installed are in none."""
    return ", ".join([f"Python {platform.python_version()}", *_ours(), *_peers()])


def _ours() -> Iterator[str]:
    return (f"{name} {version(name)}" for name in OURS)


def _peers() -> Iterator[str]:
    folders = [str(folder) for folder in BENCH.parents[1].glob("lib/python*/site-packages")]
    found = {
        each.name.lower().replace("_", "-"): each.version for each in distributions(path=folders)
    }
    return (f"{name} {found[name]}" for name in PEERS if name in found)
