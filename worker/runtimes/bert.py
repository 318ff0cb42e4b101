"""BERT's encoder in numpy: token ids and their mask in, one vector for each token out.

Shapes: B texts of L tokens, H heads of D, hidden size E = H x D. All of it in float32.
Devlin et al., 2018, https://arxiv.org/abs/1810.04805; names of weights as Hugging Face has them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from spillway.errors import ModelLoadFailed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from spillway.strict_json import Json
    from worker.runtimes.tensors import Tensors

type Floats = NDArray[np.float32]
type Ids = NDArray[np.int64]


_NUMBERS = {
    "num_hidden_layers": "layers",
    "num_attention_heads": "heads",
    "max_position_embeddings": "positions",
    "layer_norm_eps": "epsilon",
}


@dataclass(frozen=True, slots=True)
class Shape:
    """What config.json says of the network."""

    layers: int
    heads: int
    positions: int
    epsilon: float

    @classmethod
    def of(cls, config: Mapping[str, Json]) -> Shape:
        """Read config.json, or raise `ModelLoadFailed` for a network that this is not."""
        for name, only in (("model_type", "bert"), ("hidden_act", "gelu")):
            if config.get(name) != only:
                raise ModelLoadFailed(f"config.json: {name} is {config.get(name)!r}, not {only!r}")
        for name in _NUMBERS:
            if not isinstance(config.get(name), int | float):
                raise ModelLoadFailed(f"config.json: {name} is {config.get(name)!r}, not a number")
        return cls(**{field: config[name] for name, field in _NUMBERS.items()})


class Encoder:
    """The network with its weights. Holds no state between calls, so threads may share it."""

    def __init__(self, weights: Tensors, shape: Shape) -> None:
        missing = [name for name in _names(shape) if name not in weights]
        if missing:
            raise ModelLoadFailed(f"{len(missing)} weights are missing, first {missing[0]}")
        self._weights = weights
        self._shape = shape

    def encode(self, ids: Ids, mask: Floats) -> Floats:
        """Return (B, L, E) for ids (B, L); the mask is 1 on tokens and 0 on padding."""
        hidden = self._embed(ids)
        # Padding gets a score so low that its softmax is exactly 0 in float32.
        padding = ((1 - mask) * np.float32(-1e9))[:, None, None, :]
        for number in range(self._shape.layers):
            hidden = self._layer(f"encoder.layer.{number}", hidden, padding)
        return hidden

    def _embed(self, ids: Ids) -> Floats:
        words = self._weights["embeddings.word_embeddings.weight"][ids]
        words += self._weights["embeddings.position_embeddings.weight"][: ids.shape[1]]
        words += self._weights["embeddings.token_type_embeddings.weight"][0]
        return self._norm("embeddings.LayerNorm", words)

    def _layer(self, name: str, hidden: Floats, padding: Floats) -> Floats:
        attended = self._attend(f"{name}.attention.self", hidden, padding)
        mixed = self._dense(f"{name}.attention.output.dense", attended)
        mixed += hidden
        mixed = self._norm(f"{name}.attention.output.LayerNorm", mixed)
        widened = gelu(self._dense(f"{name}.intermediate.dense", mixed))
        output = self._dense(f"{name}.output.dense", widened)
        output += mixed
        return self._norm(f"{name}.output.LayerNorm", output)

    def _attend(self, name: str, hidden: Floats, padding: Floats) -> Floats:
        queries, keys, values = (
            self._heads(self._dense(f"{name}.{part}", hidden)) for part in ("query", "key", "value")
        )
        scores = queries @ keys.transpose(0, 1, 3, 2)  # (B, H, L, L)
        scores *= np.float32(1 / math.sqrt(queries.shape[-1]))
        scores += padding
        attended: Floats = (softmax(scores) @ values).transpose(0, 2, 1, 3)
        return attended.reshape(hidden.shape)

    def _heads(self, hidden: Floats) -> Floats:
        """(B, L, E) → (B, H, L, D)."""
        texts, length, size = hidden.shape
        heads = self._shape.heads
        return hidden.reshape(texts, length, heads, size // heads).transpose(0, 2, 1, 3)

    def _dense(self, name: str, hidden: Floats) -> Floats:
        """One product of two matrices: numpy would do a 3-D product text by text."""
        weight = self._weights[f"{name}.weight"]
        flat: Floats = hidden.reshape(-1, hidden.shape[-1]) @ weight.T
        flat += self._weights[f"{name}.bias"]
        return flat.reshape(*hidden.shape[:-1], weight.shape[0])

    def _norm(self, name: str, hidden: Floats) -> Floats:
        """Layer normalisation, in place."""
        hidden -= hidden.mean(axis=-1, keepdims=True)
        variance = np.einsum("...e,...e->...", hidden, hidden)[..., None] / hidden.shape[-1]
        hidden /= np.sqrt(variance + np.float32(self._shape.epsilon))
        hidden *= self._weights[f"{name}.weight"]
        hidden += self._weights[f"{name}.bias"]
        return hidden


def _names(shape: Shape) -> Iterator[str]:
    """Every weight that `Encoder` reads."""
    for table in ("word", "position", "token_type"):
        yield f"embeddings.{table}_embeddings.weight"
    parts = [f"attention.self.{part}" for part in ("query", "key", "value")]
    parts += ["attention.output.dense", "attention.output.LayerNorm"]
    parts += ["intermediate.dense", "output.dense", "output.LayerNorm"]
    names = [f"encoder.layer.{number}.{part}" for number in range(shape.layers) for part in parts]
    for name in ("embeddings.LayerNorm", *names):
        yield from (f"{name}.weight", f"{name}.bias")


def softmax(scores: Floats) -> Floats:
    """Softmax over the last axis, in place."""
    scores -= scores.max(axis=-1, keepdims=True)
    np.exp(scores, out=scores)
    scores /= scores.sum(axis=-1, keepdims=True)
    return scores


_BLOCK = 1 << 14
"""Values that gelu works on at a time: with its scratch they stay in the core's own cache."""


def gelu(x: Floats) -> Floats:
    """X · Φ(x) in place, exactly as trained: the common tanh formula is off by up to 5e-4."""
    flat = x.reshape(-1)
    for start in range(0, flat.size, _BLOCK):
        block = flat[start : start + _BLOCK]
        phi = erf(block * np.float32(math.sqrt(0.5)))
        phi += 1
        phi *= np.float32(0.5)
        block *= phi
    return flat.reshape(x.shape)


# Abramowitz and Stegun, Handbook of Mathematical Functions (1964), 7.1.26: |error| ≤ 1.5e-7.
_P = 0.3275911
_COEFFICIENTS = (1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592)


def erf(x: Floats) -> Floats:
    """The error function, within 1e-6 in float32; numpy has none."""
    size = np.abs(x)
    t = size * np.float32(_P)
    t += 1
    np.reciprocal(t, out=t)
    polynomial = t * np.float32(_COEFFICIENTS[0])
    for coefficient in _COEFFICIENTS[1:]:
        polynomial += np.float32(coefficient)
        polynomial *= t
    size *= -size
    polynomial *= np.exp(size, out=size)
    np.subtract(1, polynomial, out=polynomial)
    np.copysign(polynomial, x, out=polynomial)
    return polynomial
