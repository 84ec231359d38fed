"""What a GPU does in one pass gives what the separate gradient and AdamW step give."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
import torch

from simworth.learning.adamw import exact
from simworth.learning.networks import Batch, Network, Perceptron, Siamese
from simworth.learning.slots import Permutations
from simworth.learning.stack import Stack


def _batches(columns: int, *, pairs: bool) -> list[Batch]:
    torch.manual_seed(0)
    out = []
    for rows in (32, 32, 7):
        measured = torch.rand(3, rows) > 0.5 if pairs else None
        out.append(Batch(torch.randn(3, rows, columns), torch.randn(3, rows), torch.rand(3, rows), measured))
    return out


class _Layerwise:
    """Takes each layer's step as soon as its gradient is known, as the GPU's kernel does."""

    def __init__(self, stack: Stack) -> None:
        self._rate, views = (0.0, 0.0), [stack.network.layout.views(part) for part in (stack.flat, stack.first)]
        second = stack.network.layout.views(stack.second)
        self.layers = [
            partial(self._descend, list(zip(*layer, strict=True)), stack.steps)
            for layer in zip(*views, second, strict=True)
        ]

    def begin(self, learning_rate: float, weight_decay: float) -> None:
        self._rate = learning_rate, weight_decay

    def _descend(self, parts: list, steps: torch.Tensor, values: torch.Tensor, delta: torch.Tensor) -> None:
        for memory, gradient in zip(parts, (values.mT @ delta, delta.sum(dim=1, keepdim=True)), strict=True):
            exact((*memory, steps), gradient)(*self._rate)


@pytest.mark.parametrize(
    ("network", "columns", "pairs"),
    [(Perceptron((80, 96, 40, 1)), 80, False), (Siamese(48, (64, 32), 32), 96, True)],
)
@pytest.mark.parametrize(("kernel", "frozen"), [(False, 0), (True, 0), (True, 1)])
def test_a_step_taken_layer_by_layer_is_the_whole_step(
    network: Network, columns: int, pairs: bool, kernel: bool, frozen: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    flat = network.layout.fresh([np.random.default_rng(model) for model in range(3)])
    whole, fused = (Stack.of(network, flat.clone(), frozen=frozen) for _ in range(2))
    if kernel:
        pytest.importorskip("triton", reason="PyTorch's CUDA builds bring it; elsewhere it interprets")
        monkeypatch.setenv("TRITON_INTERPRET", "1")
        from simworth.learning.fused import Fused

        fused._fused = Fused(network.layout, (fused.flat, fused.first, fused.second, fused.steps), frozen)
    else:
        fused._fused = _Layerwise(fused)  # type: ignore[assignment]
    with torch.inference_mode():
        for batch in _batches(columns, pairs=pairs):
            whole.descend(batch, 1e-3, 0.01)
            fused.descend(batch, 1e-3, 0.01)
    assert float((whole.flat - flat).abs().max()) > 1e-3
    torch.testing.assert_close(fused.flat, whole.flat, rtol=0, atol=1e-6)
    torch.testing.assert_close(fused.second, whole.second, rtol=1e-4, atol=1e-8)


def test_permutations_drawn_ahead_are_those_of_the_generator() -> None:
    ahead, rng = Permutations(np.random.default_rng(1)), np.random.default_rng(1)
    for draw in (True, False, True, True):
        np.testing.assert_array_equal(ahead.permutation(9), rng.permutation(9))
        if draw:
            ahead.draw()


def test_weights_drawn_by_many_threads_are_those_of_one() -> None:
    layout = Perceptron((80, 96, 40, 1)).layout
    one, many = (layout.fresh([np.random.default_rng(k) for k in range(9)], threads) for threads in (1, 4))
    assert torch.equal(one, many)
