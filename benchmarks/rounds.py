"""Runs in turn (A B A B ...), so that whatever else the machine does falls on all of them alike; medians."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

Run = Callable[[], float]
"""does some work and returns its rate, or its seconds"""


@dataclass(frozen=True)
class Rounds:
    """What every run returned, round by round."""

    values: Mapping[str, list[float]]
    """name -> (rounds,)"""

    def median(self, name: str) -> float:
        """Of one run."""
        return statistics.median(self.values[name])

    def best(self, *names: str) -> str:
        """The run of the highest median."""
        return max(names, key=self.median)

    def ratios(self, over: str, under: str) -> list[float]:
        """(rounds,) of two runs that stood side by side."""
        return [a / b for a, b in zip(self.values[over], self.values[under], strict=True)]


def interleaved(runs: Mapping[str, Run], rounds: int) -> Rounds:
    """Every run once a round; every second round in reverse, so that none always follows the same neighbour."""
    values: dict[str, list[float]] = {name: [] for name in runs}
    for index in range(rounds):
        for name in list(runs)[:: -1 if index % 2 else 1]:
            values[name].append(runs[name]())
    return Rounds(values)


def seconds(work: Callable[[], object], clock: Callable[[], float] = time.perf_counter) -> float:
    """How long it takes by `clock`."""
    start = clock()
    work()
    return clock() - start
