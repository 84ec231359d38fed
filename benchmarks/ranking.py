"""The line on what to simulate next: candidates that are described already, ranked as `simworth propose` ranks them."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

import numpy as np

from benchmarks.lines import Line, Target
from benchmarks.rounds import seconds

LIMIT: Final = 300.0
"""seconds"""
RANKED = Target("100,000 candidates ranked, once described", "a limit of five minutes", "s of processor time", 1.0)


@dataclass(frozen=True)
class RankingLoad:
    """How much is ranked."""

    candidates: int = 100_000
    wanted: int = 500
    simulated: int = 1_000
    columns: int = 190
    """those of FFKM"""


def ranking_line(load: RankingLoad) -> Line:
    """Random candidates of ten classes, of which the wanted structures are one."""
    from simworth.sweep.orders import coverage_order, likeness

    rng = np.random.default_rng(0)
    middles = rng.normal(size=(10, load.columns))
    of = np.concatenate([rng.integers(10, size=load.candidates + load.simulated), np.zeros(load.wanted, dtype=int)])
    places = (middles[of] + rng.normal(size=(len(of), load.columns))).astype(np.float32)
    candidates, there, wanted = np.split(places, [load.candidates, load.candidates + load.simulated])

    def ranked() -> None:
        alike = likeness(candidates, wanted)
        found = coverage_order(candidates, wanted, there, alike)
        first = of[np.argsort(found.rank)[: load.candidates // 20]]
        assert alike is not None and (first == 0).mean() > 0.9, "the wanted class comes first"

    took = seconds(ranked, time.process_time)
    size = f"{load.candidates:,} candidates, {load.columns} columns, for {load.wanted:,} structures"
    return RANKED.measured(took, LIMIT, size=size, note="one core")
