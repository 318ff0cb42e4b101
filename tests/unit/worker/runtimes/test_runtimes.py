"""A manifest's `runtime` finds its module, or is told which there are."""

from __future__ import annotations

import sys

import pytest

from spillway.errors import ModelLoadFailed
from worker import runtimes


@pytest.mark.parametrize("name", runtimes.KNOWN)
def test_each_known_runtime_loads(name: str) -> None:
    assert callable(runtimes.find(name).load)


@pytest.mark.parametrize("name", ["onnx", "", "answers", "../python", "python.x"])
def test_an_unknown_runtime_is_refused_with_those_known(name: str) -> None:
    with pytest.raises(ModelLoadFailed, match="is unknown; known are embedding, http, python"):
        runtimes.find(name)


def test_a_runtime_whose_libraries_are_missing_says_which(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tokenizers", None)
    monkeypatch.delitem(sys.modules, "worker.runtimes.embedding", raising=False)

    with pytest.raises(ModelLoadFailed, match=r"'embedding' can't be used here: .*tokenizers"):
        runtimes.find("embedding")
