"""Which model trains in which slot of a stack, and the permutations of its samples."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass
class Slots:
    """Rows of a stack, given to models in order; a row that a model leaves goes to the next that waits."""

    models: np.ndarray
    """(rows,) model of each row"""
    taken: np.ndarray
    """(rows,) False where the model has stopped and none waits"""
    waiting: np.ndarray
    """models without a row yet"""

    @classmethod
    def first(cls, models: int, width: int) -> Slots:
        """Of so many models, of which `width` at most have a row."""
        rows = min(models, width)
        return cls(np.arange(rows), np.ones(rows, dtype=bool), np.arange(rows, models))

    def leave(self, rows: np.ndarray) -> np.ndarray:
        """The models in these rows stop; the rows into which others came, (come,)."""
        come, left = rows[: len(self.waiting)], rows[len(self.waiting) :]
        self.models[come], self.waiting = np.split(self.waiting, [len(come)])
        self.taken[left] = False
        return come

    def close_up(self, spare: float) -> np.ndarray | None:
        """Give up empty rows once they are more than `spare` of all; the rows kept, or None while all stay."""
        if not self.taken.any() or np.mean(~self.taken) <= spare:
            return None
        kept = np.flatnonzero(self.taken)
        self.models, self.taken = self.models[kept], self.taken[kept]
        return kept


class Permutations:
    """A generator of permutations, the same in the same order as its own `rng` would give."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._length = 0
        self._ready: np.ndarray | None = None
        self._before: dict[str, object] = {}

    @property
    def state(self) -> dict[str, object]:
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
