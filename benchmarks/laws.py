"""A line on laws: thousands of learning curves fitted and forecast."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

import numpy as np

from benchmarks.lines import Line, Target
from simworth.scaling import fit_many

LAWS: Final = Target("3,640 curves fitted, each with a forecast and the gain of a doubling", "120 s", "s", 1.0)
_LIMIT: Final = 120.0
"""seconds on two cores"""


@dataclass(frozen=True)
class LawLoad:
    """How much is timed."""

    curves: int = 3_640
    points: int = 10
    trials: int = 10


def laws_line(load: LawLoad) -> Line:
    """Curves of one design by trials: they share the grid's covariances but not the trials'."""
    n = np.geomspace(100.0, 70_000.0, load.points)
    rng = np.random.default_rng(81)
    scatter = 0.07 * rng.standard_normal((2, load.curves, load.trials, load.points))
    scatter[0] = scatter[0, ..., :1]  # what a trial does to every n
    errors = (0.7 * n**-0.3 + 0.05) * (1 + scatter.sum(axis=0))
    start = time.perf_counter()
    laws = fit_many(n, errors)
    laws.predict(2 * n[-1])
    laws.gain(2.0)
    took = time.perf_counter() - start
    size = f"{load.curves:,} curves, {load.trials} trials at {load.points} n, one process"
    return LAWS.measured(took, _LIMIT * load.curves / LawLoad.curves, size=size)
