"""The network's pieces against their definitions."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from spillway.errors import ModelLoadFailed
from worker.runtimes.bert import Encoder, Shape, erf, gelu, softmax

CONFIG: dict[str, Any] = {
    "model_type": "bert",
    "hidden_act": "gelu",
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "max_position_embeddings": 8,
    "layer_norm_eps": 1e-12,
}


def test_erf_is_the_error_function() -> None:
    x = np.linspace(-6, 6, 20_001, dtype=np.float32)

    expected = np.array([math.erf(float(value)) for value in x])

    assert np.abs(erf(x) - expected).max() < 1e-6
    assert erf(np.array([0, -50, 50], np.float32)).tolist() == [pytest.approx(0, abs=1e-6), -1, 1]


def test_gelu_is_x_times_the_normal_distribution_in_every_block() -> None:
    x = np.linspace(-8, 8, 3 * (1 << 14) + 7, dtype=np.float32)
    expected = [float(v) * (1 + math.erf(float(v) / math.sqrt(2))) / 2 for v in x]

    assert np.abs(gelu(x.copy()) - expected).max() < 3e-6
    assert gelu(np.zeros((2, 3, 4), np.float32)).shape == (2, 3, 4)


def test_softmax_sums_to_one_and_never_overflows() -> None:
    scores = np.array([[1e4, 1e4, -1e9], [0, 0, 0]], np.float32)

    weights = softmax(scores)

    np.testing.assert_allclose(weights, [[0.5, 0.5, 0], [1 / 3] * 3], rtol=1e-6)


@pytest.mark.parametrize(("name", "value"), [("model_type", "gpt2"), ("hidden_act", "relu")])
def test_another_network_is_refused(name: str, value: str) -> None:
    with pytest.raises(ModelLoadFailed, match=f"{name} is '{value}'"):
        Shape.of(CONFIG | {name: value})


def test_a_config_without_its_sizes_is_refused() -> None:
    config = {name: value for name, value in CONFIG.items() if name != "num_hidden_layers"}

    with pytest.raises(ModelLoadFailed, match=r"config\.json: num_hidden_layers"):
        Shape.of(config)


def test_missing_weights_are_counted_before_any_job() -> None:
    with pytest.raises(ModelLoadFailed, match=r"21 weights are missing, first embeddings\.word"):
        Encoder({}, Shape.of(CONFIG))
