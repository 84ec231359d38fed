"""Which model trains in which row of a stack, and which wait for a row."""

from __future__ import annotations

import numpy as np


class Places:
    """Rows of a stack, given to models in order; a row that a model leaves goes to the next that waits."""

    def __init__(self, models: int, width: int) -> None:
        self.models = np.arange(min(models, width))
        """(rows,) model of each row"""
        self.taken = np.ones(len(self.models), dtype=bool)
        """(rows,) False where the model has stopped and none waits"""
        self.waiting = np.arange(len(self.models), models)
        """models without a row yet"""

    @classmethod
    def of(cls, models: np.ndarray, taken: np.ndarray, waiting: np.ndarray) -> Places:
        """As they were."""
        places = cls(0, 0)
        places.models, places.taken, places.waiting = models, taken, waiting
        return places

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
