"""A manifest says what a model is made of; a bad one is refused with all its faults at once."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spillway.errors import ModelLoadFailed
from worker.model.manifest import Checksums, ModelFile, parse

if TYPE_CHECKING:
    from collections.abc import Mapping

SHA = "0" * 64


def document(**changes: Any) -> dict[str, Any]:
    return {
        "spillway": 1,
        "modelVersion": "v1",
        "runtime": "python",
        "options": {"entrypoint": "m:C"},
        "probe": {"text": "ready?"},
        "files": [{"path": "a/weights.safetensors", "bytes": 3, "sha256": SHA}],
    } | changes


def raw(**changes: Any) -> bytes:
    return json.dumps(document(**changes)).encode()


def a_file(**changes: Any) -> Mapping[str, Any]:
    return {"path": "w.safetensors", "bytes": 3, "sha256": SHA} | changes


def refusal(content: bytes) -> str:
    with pytest.raises(ModelLoadFailed) as caught:
        parse(content)
    return str(caught.value)


def test_a_manifest_is_read_whole() -> None:
    content = raw()

    manifest = parse(content)

    assert manifest.model_version == "v1"
    assert manifest.runtime == "python"
    assert manifest.options == {"entrypoint": "m:C"}
    assert manifest.probe == {"text": "ready?"}
    assert manifest.files == (ModelFile("a/weights.safetensors", 3, SHA),)
    assert manifest.digest == hashlib.sha256(content).hexdigest()


def test_options_may_be_left_out_and_a_probe_may_be_null() -> None:
    written = document(probe=None)
    del written["options"]

    manifest = parse(json.dumps(written).encode())

    assert manifest.options == {}
    assert manifest.probe is None


def test_a_model_without_files_is_one_that_lives_elsewhere() -> None:
    assert parse(raw(runtime="http", files=[])).files == ()


def test_all_faults_are_told_at_once() -> None:
    content = json.dumps(
        {
            "spillway": 2,
            "modelVersion": " ",
            "runtime": 7,
            "options": [],
            "extra": True,
            "files": [{"path": "../x", "bytes": -1, "sha256": "AB", "mode": 7}, "y"],
        }
    ).encode()

    text = refusal(content)

    for fault in (
        "spillway: expected 1",
        "modelVersion: expected a non-empty string",
        "runtime: expected a non-empty string, got a number",
        "options: expected an object, got an array",
        "probe: missing",
        "extra: unknown field",
        "files[0].path: '../x' has a segment",
        "files[0].bytes: expected a whole number",
        "files[0].sha256: expected 64 lower-case hexadecimal digits",
        "files[0].mode: unknown field",
        "files[1]: expected an object, got text",
    ):
        assert fault in text


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"\xff", "not JSON"),
        (b'{"spillway": NaN}', "not JSON"),
        (b"[" * 10_000, "manifest.json: "),
        (b"[]", "expected an object, got an array"),
        (b'{"spillway": 1, "modelVersion": "\\ud800"}', "surrogate"),
    ],
)
def test_what_is_no_object_is_refused(content: bytes, reason: str) -> None:
    assert reason in refusal(content)


@pytest.mark.parametrize(
    "path",
    ["", "/etc/passwd", "..", "../a", "a/../../b", "a//b", "./a", "a/", "a\\b", "a\x00b", "a\nb",
     "x" * 600, "manifest.json"],
)  # fmt: skip
def test_a_path_can_only_name_a_place_below_the_folder(path: str) -> None:
    assert "files[0].path" in refusal(raw(files=[a_file(path=path)]))


@pytest.mark.parametrize(
    "path", ["m.pkl", "m.PICKLE", "a/pytorch_model.bin", "m.pt", "m.pth", "m.ckpt", "m.joblib",
             "m.dill", "m.pkl.gz"],
)  # fmt: skip
def test_a_pickle_is_refused_by_its_name_with_the_reason_and_the_way_out(path: str) -> None:
    text = refusal(raw(files=[a_file(path=path)]))

    assert "ickle is refused" in text
    assert "whatever code" in text
    assert ".safetensors" in text


def test_a_path_stands_there_once() -> None:
    assert "stands there 2 times" in refusal(raw(files=[a_file(), a_file()]))


def test_a_path_is_a_file_or_a_folder() -> None:
    text = refusal(raw(files=[a_file(path="a"), a_file(path="a/b")]))

    assert "'a' is both a file and a folder" in text


PARTS = {"bytes": 2, "blake3": [SHA, SHA]}


def test_a_file_may_name_the_hashes_of_its_parts() -> None:
    manifest = parse(raw(files=[a_file(parts=PARTS)]))

    assert manifest.files[0].parts == Checksums(2, (SHA, SHA))


@pytest.mark.parametrize(
    ("parts", "fault"),
    [
        ([], "parts: expected an object, got an array"),
        ({}, "parts.bytes: expected a whole number, 1 or more, got nothing"),
        ({}, "parts.blake3: expected an array, got nothing"),
        (PARTS | {"bytes": 0}, "parts.bytes: expected a whole number, 1 or more"),
        (PARTS | {"blake3": [SHA]}, "parts.blake3: expected 2 of them, got 1"),
        (PARTS | {"blake3": [SHA, "AB"]}, "parts.blake3[1]: expected 64 lower-case"),
        (PARTS | {"sha256": SHA}, "parts.sha256: unknown field"),
    ],
)
def test_parts_that_are_not_the_files_are_refused(parts: object, fault: str) -> None:
    assert f"files[0].{fault}" in refusal(raw(files=[a_file(parts=parts)]))


@pytest.mark.parametrize("size", [True, 1.5, "3", None])
def test_a_size_is_a_whole_number(size: object) -> None:
    assert "files[0].bytes" in refusal(raw(files=[a_file(bytes=size)]))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
FIELDS = st.sampled_from(["spillway", "modelVersion", "runtime", "options", "probe", "files"])
FILE_FIELDS = st.sampled_from(["path", "bytes", "sha256", "parts"])
FILES = st.lists(st.dictionaries(FILE_FIELDS, JSON) | JSON)


@given(st.dictionaries(FIELDS, JSON), FILES)
def test_whatever_stands_in_it_it_is_read_or_refused(
    changes: dict[str, Any], files: list[Any]
) -> None:
    content = json.dumps(document(files=files) | changes).encode()

    try:
        sizes = [file.bytes for file in parse(content).files]
    except ModelLoadFailed:
        return  # and nothing else is ever raised
    assert all(size >= 0 for size in sizes)
