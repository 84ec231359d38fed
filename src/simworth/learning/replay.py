"""Steps on a GPU, captured once as CUDA graphs and replayed, so that the GPU waits for no launch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, Final

import torch

from simworth.learning.networks import Batch

Step = Callable[[Batch, float, float], None]
"""batch, learning rate, weight decay"""
_WARM: Final = 2
"""steps taken as they come before one is captured: libraries set themselves up in the first"""


class Replays:
    """A step that is captured for each shape of batch, and replayed from then on.

    What the step changes must keep its place in memory, as a stack's tensors do.
    """

    def __init__(self, capture: Callable[[Callable[[], None]], Callable[[], None]] | None = None) -> None:
        self._capture = capture or captured
        self._seen: Counter[Any] = Counter()
        self._kept: dict[Any, tuple[Batch, Callable[[], None]]] = {}

    def __call__(self, step: Step, batch: Batch, learning_rate: float, weight_decay: float) -> None:
        """Take the step, always the same one; it is not kept, since whose it is keeps this."""
        key = tuple(batch.x.shape), learning_rate, weight_decay
        self._seen[key] += 1
        if self._seen[key] <= _WARM:
            step(batch, learning_rate, weight_decay)
            return
        if key not in self._kept:
            own = Batch(*(None if part is None else part.clone() for part in _parts(batch)))  # type: ignore[arg-type]
            self._kept[key] = own, self._capture(lambda: step(own, learning_rate, weight_decay))
        own, replay = self._kept[key]
        for mine, given in zip(_parts(own), _parts(batch), strict=True):
            if mine is not None and given is not None:
                mine.copy_(given)
        replay()


def captured(work: Callable[[], None]) -> Callable[[], None]:
    """Record `work` without doing it; what replays it."""
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        work()
    return graph.replay  # type: ignore[no-any-return]


def _parts(batch: Batch) -> tuple[torch.Tensor | None, ...]:
    return batch.x, batch.y, batch.weight, batch.measured
