"""AdamW (Loshchilov and Hutter, 2019) for a whole stack, without torch.optim's bookkeeping at every step.

Once in float32 from beginning to end, and once between bfloat16 gradients and bfloat16 copies of the weights.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import torch

MEAN: Final = 0.9
"""share of the mean gradient that a step keeps"""
SQUARE: Final = 0.999
"""the same of the mean squared gradient"""
EPSILON: Final = 1e-8

Memory = tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]
"""float32 weights, mean gradients and mean squared gradients, each (models, size); (models,) steps taken"""
Block = tuple[int, torch.Tensor, torch.Tensor]
"""column where a layer's weights or biases start; their bfloat16 gradients, and copies, both (models, count)"""
Step = Callable[[float, float], None]
"""learning rate, weight decay; `steps` must count this step already"""


def exact(memory: Memory, gradient: torch.Tensor, start: int = 0) -> Step:
    """What descends `gradient` (models, size) in float32, from column `start` on."""
    *parts, steps = memory
    flat, first, second, slope = (list(part[:, start:].unbind(0)) for part in (*parts, gradient))
    taken = list(steps.unbind(0))

    def step(learning_rate: float, weight_decay: float) -> None:
        torch._fused_adamw_(
            flat,
            slope,
            first,
            second,
            [],
            taken,
            lr=learning_rate,
            beta1=MEAN,
            beta2=SQUARE,
            weight_decay=weight_decay,
            eps=EPSILON,
            amsgrad=False,
            maximize=False,
        )

    return step


def mixed(memory: Memory, gradient: torch.Tensor, blocks: Sequence[Block]) -> Step:
    """What descends the gradients of `blocks`, which are the first columns, and rounds the new weights into their
    copies; and `gradient` (models, size) in the columns after them. On a processor."""
    from simworth.learning.kernel import descend  # compiles it, which float32 has no need of

    wide: Callable[..., None] = descend
    arrays = [part.numpy() for part in memory]
    bits = [(start, _bits(low), _bits(copy)) for start, low, copy in blocks]
    narrow = exact(memory, gradient, sum(low.shape[1] for _, low, _ in blocks))

    def step(learning_rate: float, weight_decay: float) -> None:
        for block in bits:
            wide(*arrays, *block, learning_rate, weight_decay)
        narrow(learning_rate, weight_decay)

    return step


def _bits(low: torch.Tensor) -> Any:
    """bfloat16 numbers, which NumPy has no name for, as uint16; the same memory."""
    return low.view(torch.uint16).numpy()
