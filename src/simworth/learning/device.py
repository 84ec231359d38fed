"""Where networks train: the state of a device that numbers depend on, and steps that a GPU replays as CUDA graphs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import torch

from simworth.errors import SimworthError
from simworth.learning.networks import Batch

BatchStep = Callable[[Batch, float, float], None]
"""batch, learning rate, weight decay"""
_WARM: Final = 2
"""steps taken as they come before one is captured: libraries set themselves up in the first"""


def device(name: str) -> torch.device:
    """The device of this name, `cpu` or `cuda`; SimworthError where PyTorch finds no GPU."""
    if name == "cuda" and not torch.cuda.is_available():
        raise SimworthError(
            "device cuda: PyTorch finds no GPU here; look at `python -m torch.utils.collect_env`, or set "
            "SIMWORTH_DEVICE=cpu"
        )
    return torch.device(name)


@contextmanager
def reproducible() -> Iterator[None]:
    """One thread and no denormal numbers, which a trial's bits and speed depend on; as it was, afterwards.

    PyTorch keeps no books for gradients meanwhile: ours are written out, and many small steps would feel it.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    try:
        with torch.inference_mode():
            yield
    finally:
        torch.set_flush_denormal(False)
        torch.set_num_threads(threads)


class Replays:
    """A step that is captured for each shape of batch, and replayed until the learning rate changes.

    What the step changes must keep its place in memory, as a stack's tensors do.
    """

    def __init__(self, capture: Callable[[Callable[[], None]], Callable[[], None]] | None = None) -> None:
        self._capture = capture or captured
        self._rate: float | None = None
        self._seen: Counter[Any] = Counter()
        self._kept: dict[Any, tuple[Batch, Callable[[], None]]] = {}

    def __call__(self, step: BatchStep, batch: Batch, learning_rate: float, weight_decay: float) -> None:
        """Take the step, always the same one; it is not kept, since whose it is keeps this."""
        if learning_rate != self._rate:  # captured steps hold memory, and none comes back
            self._rate = learning_rate
            self._seen.clear()
            self._kept.clear()
        key = tuple(batch.x.shape), weight_decay
        self._seen[key] += 1
        if self._seen[key] <= _WARM:
            step(batch, learning_rate, weight_decay)
            return
        if key not in self._kept:
            own = Batch(*(None if part is None else part.clone() for part in batch))  # type: ignore[arg-type]
            self._kept[key] = own, self._capture(lambda: step(own, learning_rate, weight_decay))
        own, replay = self._kept[key]
        for mine, given in zip(own, batch, strict=True):
            if mine is not None and given is not None:
                mine.copy_(given)
        replay()


def captured(work: Callable[[], None]) -> Callable[[], None]:
    """Record `work` without doing it; what replays it."""
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        work()
    return graph.replay  # type: ignore[no-any-return]
