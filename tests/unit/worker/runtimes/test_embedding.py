"""The demo model: near sentences are near, and a batch answers as each would alone."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spillway.errors import InvalidPayload, ModelLoadFailed
from worker.runtimes import embedding
from worker.runtimes.embedding import MAX_TEXTS, MAX_TOKENS, groups

if TYPE_CHECKING:
    from pathlib import Path

    from worker.runtimes.embedding import EmbeddingModel

SENTENCES = [
    "hello world",
    "A man is eating food.",
    "The quick brown fox jumps over the lazy dog, and then it sleeps for the rest of the day.",
    "x",
    "Größe, naïve, 你好 мир — and an emoji 🙂",
    " ".join(["queue"] * 120),
    "SELECT * FROM jobs WHERE status = 'QUEUED';",
]


def answer(model: EmbeddingModel, payload: Any) -> Any:
    [result] = model.predict([payload])
    return result


def similarity(model: EmbeddingModel, one: str, other: str) -> float:
    first, second = (answer(model, text)["embedding"] for text in (one, other))
    return float(np.dot(first, second))


def test_a_text_becomes_a_vector_of_length_one(model: EmbeddingModel) -> None:
    result = answer(model, {"text": "hello world"})

    assert set(result) == {"embedding", "tokens", "dimensions"}
    assert len(result["embedding"]) == result["dimensions"] == 384
    assert np.linalg.norm(result["embedding"]) == pytest.approx(1, abs=1e-5)
    assert result["tokens"] == 4
    assert all(round(value, 6) == value for value in result["embedding"])
    json.dumps(result, allow_nan=False)


def test_near_sentences_are_near_and_far_ones_far(model: EmbeddingModel) -> None:
    near = similarity(model, "A man is eating food.", "A man is eating a meal.")
    far = similarity(model, "A man is eating food.", "The stock market fell sharply today.")

    assert near > 0.8
    assert abs(far) < 0.15


def test_the_vector_is_the_one_that_the_original_gives(model: EmbeddingModel) -> None:
    """The first values of sentence-transformers' own answer, from its documentation's example."""
    result = answer(model, "This is an example sentence")

    assert result["embedding"][:3] == pytest.approx([0.0676, 0.0635, 0.0487], abs=1e-3)


def test_a_bare_string_is_a_text(model: EmbeddingModel) -> None:
    assert answer(model, "hello world") == answer(model, {"text": "hello world"})


def test_many_texts_come_back_in_their_order(model: EmbeddingModel) -> None:
    result = answer(model, {"texts": SENTENCES})

    assert set(result) == {"embeddings", "tokens", "dimensions"}
    for sentence, vector, count in zip(
        SENTENCES, result["embeddings"], result["tokens"], strict=True
    ):
        alone = answer(model, sentence)
        np.testing.assert_allclose(vector, alone["embedding"], atol=1e-5)
        assert count == alone["tokens"]


def test_a_batch_answers_as_each_payload_would_alone(model: EmbeddingModel) -> None:
    payloads = [{"text": SENTENCES[0]}, {"texts": SENTENCES}, SENTENCES[2], {"text": SENTENCES[5]}]

    together: list[Any] = model.predict(payloads)

    for payload, result in zip(payloads, together, strict=True):
        alone = answer(model, payload)
        key = "embeddings" if "embeddings" in alone else "embedding"
        np.testing.assert_allclose(result[key], alone[key], atol=1e-5)


def test_a_bad_payload_leaves_its_neighbours_alone(model: EmbeddingModel) -> None:
    answers: list[Any] = model.predict(["hello", {"text": 5}, {"texts": ["a", "b"]}])

    good, bad, also_good = answers

    assert good["tokens"] == 3
    assert isinstance(bad, InvalidPayload)
    assert len(also_good["embeddings"]) == 2


def test_a_long_text_is_cut_and_says_so(model: EmbeddingModel) -> None:
    result = answer(model, {"text": "word " * 300})
    exact = answer(model, {"text": "word " * (MAX_TOKENS - 2)})

    assert result["truncated"] is True
    assert result["tokens"] == MAX_TOKENS
    assert "truncated" not in exact
    assert result["embedding"] == pytest.approx(exact["embedding"], abs=1e-5)


def test_a_list_says_which_of_its_texts_were_cut(model: EmbeddingModel) -> None:
    result = answer(model, {"texts": ["short", "word " * 300, "short", " " * 40_000 + "a"]})

    assert result["truncated"] == [1, 3]


def test_a_huge_text_takes_no_longer_than_what_is_used_of_it(model: EmbeddingModel) -> None:
    assert answer(model, "word " * 2_000_000)["tokens"] == MAX_TOKENS


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        ({"text": 5}, "text: expected a string, got a number"),
        ({"text": None}, "text: expected a string, got null"),
        ({"text": True}, "text: expected a string, got a boolean"),
        ({"text": {}}, "text: expected a string, got an object"),
        ({"text": ""}, "text: is empty"),
        ({"text": " \n\t"}, "text: is empty"),
        ({"text": "a\ud800"}, "text: holds a lone surrogate, which is no character"),
        ({}, "text: missing"),
        ({"hello": "world"}, 'hello: unknown field; expected {"text": "…"}'),
        ({"text": "a", "lang": "en"}, 'lang: unknown field; expected {"text": "…"}'),
        ({"text": "a", "texts": ["b"]}, "texts: give text or texts, not both"),
        ({"texts": "a"}, "texts: expected an array, got text"),
        ({"texts": []}, f"texts: expected 1 to {MAX_TEXTS} strings, got 0"),
        ({"texts": ["a"] * 65}, f"texts: expected 1 to {MAX_TEXTS} strings, got 65"),
        ({"texts": ["a", 1]}, "texts[1]: expected a string, got a number"),
        ({"texts": ["", None]}, "texts[0]: is empty; texts[1]: expected a string, got null"),
        ("", "text: is empty"),
        (5, "payload: expected an object or a string, got a number"),
        (None, "payload: expected an object or a string, got null"),
        (["a"], "payload: expected an object or a string, got an array"),
    ],
)
def test_a_bad_payload_is_told_its_field(model: EmbeddingModel, payload: Any, message: str) -> None:
    result = answer(model, payload)

    assert isinstance(result, InvalidPayload)
    assert str(result) == message


@given(st.lists(st.integers(2, MAX_TOKENS), max_size=200))
def test_texts_are_grouped_by_length_and_none_is_lost(lengths: list[int]) -> None:
    grouped = list(groups(lengths))

    assert sorted(position for group in grouped for position in group) == list(range(len(lengths)))
    for group in grouped:
        sizes = [lengths[position] for position in group]
        assert max(sizes) <= min(sizes) * 1.25 + 4
        assert max(sizes) * len(sizes) <= 2048


def test_options_are_refused_as_there_are_none(demo_folder: Path) -> None:
    with pytest.raises(ModelLoadFailed, match="knows no device"):
        embedding.load(demo_folder, {"device": "cuda"})


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "model.safetensors"])
def test_a_missing_or_broken_file_is_named(tmp_path: Path, demo_folder: Path, name: str) -> None:
    for file in ("config.json", "tokenizer.json"):
        shutil.copyfile(demo_folder / file, tmp_path / file)
    (tmp_path / "model.safetensors").symlink_to(demo_folder / "model.safetensors")
    (tmp_path / name).unlink()

    with pytest.raises(ModelLoadFailed, match=name):
        embedding.load(tmp_path, {})

    (tmp_path / name).write_text("broken")
    with pytest.raises(ModelLoadFailed, match=name):
        embedding.load(tmp_path, {})
