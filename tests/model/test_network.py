"""NumPy says what the training core says."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from simworth.learning.networks import Network, Perceptron, Siamese
from simworth.learning.stack import Stack
from simworth.learning.training import predict
from simworth.model.ensemble import forward, shapes

COLUMNS, TRIALS, ROWS = 21, 3, 17


@pytest.mark.parametrize(
    "network", [Perceptron((COLUMNS, 40, 16, 1)), Perceptron((COLUMNS, 1)), Siamese(COLUMNS, (24, 8), 5)]
)
def test_forward_is_the_training_cores(network: Network) -> None:
    rng = np.random.default_rng(0)
    flat = network.layout.fresh([np.random.default_rng(trial) for trial in range(TRIALS)])
    weights = network.layout.unpack(flat)
    raw = rng.normal(size=(2 * ROWS, COLUMNS)).astype(np.float32)
    inputs = np.zeros((2 * ROWS, 32), dtype=np.float32)
    inputs[:, :COLUMNS] = raw
    rows = np.arange(ROWS * network.parts).reshape(ROWS, network.parts)
    theirs = predict(Stack.of(network, flat), torch.from_numpy(inputs), torch.from_numpy(np.stack([rows] * TRIALS)))
    ours = forward(weights, raw[rows])
    assert ours.shape == (TRIALS, ROWS) and ours.dtype == np.float64
    np.testing.assert_allclose(ours, theirs.numpy(), rtol=1e-5, atol=1e-6)
    assert next(iter(shapes(weights).values()))[0] in (COLUMNS, 8)


def test_no_rows_and_many_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    network = Perceptron((COLUMNS, 8, 1))
    weights = network.layout.unpack(network.layout.fresh([np.random.default_rng(0)]))
    assert forward(weights, np.zeros((0, 1, COLUMNS))).shape == (1, 0)
    x = np.random.default_rng(1).normal(size=(50, 1, COLUMNS))
    whole = forward(weights, x)
    monkeypatch.setattr("simworth.model.ensemble._ROWS", 7)
    np.testing.assert_allclose(forward(weights, x), whole, rtol=1e-6)
