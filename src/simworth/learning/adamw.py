"""AdamW (Loshchilov and Hutter, 2019) in float32 for a whole stack, without torch.optim's bookkeeping at every step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import torch

MEAN: Final = 0.9
"""share of the mean gradient that a step keeps"""
SQUARE: Final = 0.999
"""the same of the mean squared gradient"""
EPSILON: Final = 1e-8

Memory = tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]
"""float32 weights, mean gradients and mean squared gradients, each (models, size); (models,) steps taken"""
Step = Callable[[float, float], None]
"""learning rate, weight decay; `steps` must count this step already"""


def exact(memory: Memory, gradient: torch.Tensor, start: int = 0) -> Step:
    """What descends `gradient` (models, size) in float32, from column `start` on."""
    *parts, steps = memory
    flat, first, second, gradients = (list(part[:, start:].unbind(0)) for part in (*parts, gradient))
    taken = list(steps.unbind(0))

    def step(learning_rate: float, weight_decay: float) -> None:
        torch._fused_adamw_(
            flat,
            gradients,
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
