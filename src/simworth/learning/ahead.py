"""Permutations drawn before they are asked for, while a GPU is busy with the steps before."""

from __future__ import annotations

from typing import Any

import numpy as np


class Ahead:
    """A generator of permutations, the same in the same order as its own `rng` would give."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._length = 0
        self._ready: np.ndarray | None = None
        self._before: dict[str, Any] = {}

    @property
    def state(self) -> dict[str, Any]:
        """Of the generator before it draws what is asked for next; plain numbers."""
        return dict(self._rng.bit_generator.state) if self._ready is None else self._before

    def permutation(self, length: int) -> np.ndarray:
        """Of so many numbers; a model asks for the same length each time."""
        ready, self._ready = self._ready, None
        self._length = length
        return self._rng.permutation(length) if ready is None else ready

    def draw(self) -> None:
        """The next one, if it has not been drawn yet."""
        if self._ready is None and self._length:
            self._before = self.state
            self._ready = self._rng.permutation(self._length)
