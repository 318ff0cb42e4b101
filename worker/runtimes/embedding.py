"""Sentence embeddings: all-MiniLM-L6-v2 in numpy, on the CPU.

Takes `{"text": "…"}`, a bare string, or `{"texts": ["…", …]}` with up to 64. Gives::

    {"embedding": [384 floats], "tokens": 5, "dimensions": 384}
    {"embeddings": [[384 floats], …], "tokens": [5, …], "dimensions": 384}

Vectors have length 1, so that the similarity of two texts is their dot product. `tokens` counts the
two that BERT adds. A text is cut after 256 tokens, as the model was trained; the result then says
`"truncated": true`, or the positions of the texts that were cut.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from tokenizers import Tokenizer

from spillway.errors import InvalidPayload, ModelLoadFailed
from spillway.strict_json import kind_of
from worker.runtimes import tensors
from worker.runtimes.bert import Encoder, Shape

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from spillway.strict_json import Json
    from worker.runtimes import Answer
    from worker.runtimes.bert import Floats

MAX_TEXTS = 64
MAX_TOKENS = 256
MAX_CHARS = 32_768
"""More text than 256 tokens hold, at 100 characters for the longest word that is not unknown."""

_MAX_PASS_TOKENS = 2048
_DECIMALS = 6


@dataclass(frozen=True, slots=True)
class Request:
    """A valid payload's texts; `is_list` if it asked for a list."""

    texts: Sequence[str]
    is_list: bool


@dataclass(frozen=True, slots=True)
class Tokens:
    """One text's token ids, at most `MAX_TOKENS`; `is_cut` if the text had more."""

    ids: Sequence[int]
    is_cut: bool


def load(path: Path, options: Mapping[str, Json]) -> EmbeddingModel:
    """Load config.json, tokenizer.json and model.safetensors. There are no options."""
    if options:
        raise ModelLoadFailed(f"options: the embedding runtime knows no {', '.join(options)}")
    try:
        config = json.loads((path / "config.json").read_bytes())
    except (OSError, ValueError) as error:
        raise ModelLoadFailed(f"config.json: {error}") from error
    encoder = Encoder(tensors.mapped(path / "model.safetensors"), Shape.of(config))
    return EmbeddingModel(encoder, _tokenizer(path / "tokenizer.json"))


def _tokenizer(path: Path) -> Tokenizer:
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises nothing more special
        raise ModelLoadFailed(f"{path.name}: {error}") from error
    # The file asks for 128 tokens, padded; cutting and padding are done here, where it is seen.
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


class EmbeddingModel:
    """A loaded encoder with its tokenizer."""

    def __init__(self, encoder: Encoder, tokenizer: Tokenizer) -> None:
        self._encoder = encoder
        self._tokenizer = tokenizer

    def predict(self, payloads: Sequence[Json]) -> list[Answer]:
        """Embed all texts of all valid payloads together."""
        requests = [read(payload) for payload in payloads]
        texts = [text for request in requests if isinstance(request, Request)
                 for text in request.texts]  # fmt: skip
        tokens = [self._tokens(text) for text in texts]
        results = zip(tokens, self._embed(tokens), strict=True)
        return [
            _result(request, [next(results) for _ in request.texts])
            if isinstance(request, Request)
            else request
            for request in requests
        ]

    def close(self) -> None:
        """Hold nothing that needs closing."""

    def _tokens(self, text: str) -> Tokens:
        ids = self._tokenizer.encode(text[:MAX_CHARS]).ids
        is_cut = len(ids) > MAX_TOKENS
        if is_cut:
            ids = [*ids[: MAX_TOKENS - 1], ids[-1]]  # the last is [SEP], which ends every text
        return Tokens(ids, is_cut or len(text) > MAX_CHARS)

    def _embed(self, tokens: Sequence[Tokens]) -> list[Floats]:
        """One vector for each text, in order."""
        vectors: dict[int, Floats] = {}
        for group in groups([len(text.ids) for text in tokens]):
            vectors.update(zip(group, self._pass([tokens[i].ids for i in group]), strict=True))
        return [vectors[i] for i in range(len(tokens))]

    def _pass(self, texts: Sequence[Sequence[int]]) -> Floats:
        """Run texts of like length through the network: (B, E), each of length 1."""
        shape = (len(texts), max(len(ids) for ids in texts))
        ids, mask = np.zeros(shape, np.int64), np.zeros(shape, np.float32)
        for row, text in enumerate(texts):
            ids[row, : len(text)] = text
            mask[row, : len(text)] = 1
        hidden = self._encoder.encode(ids, mask)
        summed: Floats = np.einsum("ble,bl->be", hidden, mask)  # the mean's direction is the sum's
        return summed / np.linalg.norm(summed, axis=1, keepdims=True)


def groups(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Group texts of like length, so that little is spent on padding: positions in `lengths`.

    A group's longest text is at most a quarter and four tokens longer than its shortest.
    """
    group: list[int] = []
    for position in sorted(range(len(lengths)), key=lengths.__getitem__):
        length = lengths[position]
        if group and (
            length > lengths[group[0]] * 1.25 + 4 or length * (len(group) + 1) > _MAX_PASS_TOKENS
        ):
            yield group
            group = []
        group.append(position)
    if group:
        yield group


def read(payload: Json) -> Request | InvalidPayload:
    """Read a payload, or return the error that names its field."""
    if isinstance(payload, str):
        payload = {"text": payload}
    if not isinstance(payload, dict):
        return InvalidPayload(f"payload: expected an object or a string, got {kind_of(payload)}")
    match sorted(payload):
        case ["text"]:
            fault = _fault("text", payload["text"])
            return InvalidPayload(fault) if fault else Request([payload["text"]], is_list=False)
        case ["texts"]:
            return _read_list(payload["texts"])
        case ["text", "texts"]:
            return InvalidPayload("texts: give text or texts, not both")
    unknown = [name for name in payload if name not in ("text", "texts")]
    if not unknown:
        return InvalidPayload("text: missing")
    return InvalidPayload(f'{unknown[0]}: unknown field; expected {{"text": "…"}}')


def _read_list(texts: Json) -> Request | InvalidPayload:
    if not isinstance(texts, list):
        return InvalidPayload(f"texts: expected an array, got {kind_of(texts)}")
    if not 1 <= len(texts) <= MAX_TEXTS:
        return InvalidPayload(f"texts: expected 1 to {MAX_TEXTS} strings, got {len(texts)}")
    faults = [fault for i, text in enumerate(texts) if (fault := _fault(f"texts[{i}]", text))]
    return InvalidPayload("; ".join(faults[:3])) if faults else Request(texts, is_list=True)


def _fault(name: str, text: Json) -> str:
    """What is wrong with one text, or nothing."""
    if not isinstance(text, str):
        return f"{name}: expected a string, got {kind_of(text)}"
    if not text.strip():
        return f"{name}: is empty"
    if any("\ud800" <= char <= "\udfff" for char in text[:MAX_CHARS]):
        return f"{name}: holds a lone surrogate, which is no character"
    return ""


def _result(request: Request, results: Sequence[tuple[Tokens, Floats]]) -> Json:
    vectors = [np.round(vector.astype(np.float64), _DECIMALS).tolist() for _, vector in results]
    counts = [len(tokens.ids) for tokens, _ in results]
    cut = [position for position, (tokens, _) in enumerate(results) if tokens.is_cut]
    if request.is_list:
        body = {"embeddings": vectors, "tokens": counts, "dimensions": len(vectors[0])}
        return body | {"truncated": cut} if cut else body
    body = {"embedding": vectors[0], "tokens": counts[0], "dimensions": len(vectors[0])}
    return body | {"truncated": True} if cut else body
