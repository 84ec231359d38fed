"""Lines on a sweep of PolyOmics' size: time and memory against those of a tenth of it."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from benchmarks.lines import Line, Target
from benchmarks.made_up import Cost, Size, cost_of, write_tables
from benchmarks.same import WorkDiffers

TIME = Target("sweep to the large n: training", "the small sweep's, times the ratio of n", "s", 1.0)
MEMORY = Target("sweep to the large n: memory", "the small sweep's, times the ratio of n", "GiB", 1.0)
PEAK = Target("sweep to the large n: memory", "4 GiB", "GiB", 1.0)
_LIMIT: Final = 4.0
"""GiB"""


@dataclass(frozen=True)
class GrowthLoad:
    """How much is timed."""

    large: int = 71_068
    small: int = 7_107
    measured: int = 607
    trials: int = 30
    points: int = 10
    n_min: int = 100
    workers: int = 2
    training: Mapping[str, Any] = field(default_factory=lambda: {"max_epochs": 2})

    def size(self, simulated: int) -> Size:
        """The sweep to that n."""
        return Size(
            simulated, self.measured, self.trials, points=self.points, n_min=self.n_min, training=dict(self.training)
        )


def growth_lines(load: GrowthLoad) -> list[Line]:
    """Both sweeps with the same settings, the small one first."""
    small, large = (_cost(load.size(n), load.workers) for n in (load.small, load.large))
    if small.trials != large.trials or len(small.seconds) != len(large.seconds):
        raise WorkDiffers(f"sweeps: {small.trials} trials at small n, {large.trials} at large n")
    ratio = load.large / load.small
    cut = ", ".join(f"{name} {value}" for name, value in load.training.items())
    size = (
        f"n to {load.large:,} against {load.small:,}; {load.trials} trials at {load.points} n, m of {load.measured}, "
        f"made-up data; {cut}; {load.workers} workers"
    )
    ends = (f"{cost.seconds[n]:.1f} s at n = {n:,}" for n, cost in ((load.small, small), (load.large, large)))
    held = f"small sweep {small.peak:.2f} GiB; of the large one {' + '.join(f'{one:.2f}' for one in large.held)} GiB: "
    held += "the largest resident sizes of the sweep and its workers, as if reached at once"
    return [
        TIME.measured(large.total, small.total * ratio, size=size, note=", ".join(ends)),
        MEMORY.measured(large.peak, small.peak * ratio, size=size, note=held),
        PEAK.measured(large.peak, _LIMIT, size=size),
    ]


def _cost(size: Size, workers: int) -> Cost:
    with tempfile.TemporaryDirectory() as folder:
        write_tables(size, Path(folder))
        return cost_of(size, Path(folder), workers)
