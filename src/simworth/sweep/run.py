"""Run a task's sweep: find the units that are kept, compute the others, keep them as they end."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from simworth.config import Settings
from simworth.errors import SimworthError
from simworth.processes import worker_count
from simworth.sweep.compute import Problem, compute
from simworth.sweep.dataset import TaskData
from simworth.sweep.executor import Job, run_all
from simworth.sweep.plan import group_cost, groups
from simworth.sweep.units import Result, Unit, read_unit, task_digest, unit_digest, unit_path, write_unit

_worker: dict[str, Problem] = {}
"""the task of this process, set once by `_setup`"""


@dataclass(frozen=True)
class Sweeper:
    """One task with its data and the store of its units."""

    settings: Settings
    name: str
    data: TaskData
    store: Path

    def path(self, unit: Unit) -> Path:
        """Where a unit is, or will be, kept."""
        return unit_path(self.store, self.digest(unit))

    def digest(self, unit: Unit) -> str:
        """Name of a unit's file."""
        task = self.settings.tasks[self.name]
        return unit_digest(task_digest(self.settings.seed, self.name, task, self.data.digest), unit)

    def run(self, units: list[Unit]) -> list[Result]:
        """Results of all units, in the order given; those not in the store are computed and kept.

        A unit that fails twice is named in a SimworthError at the end, when all others are kept.
        """
        missing = [unit for unit in units if read_unit(self.path(unit)) is None]
        kept = len(units) - len(missing)
        if kept:
            _say(f"{self.name}: {kept} of {len(units)} work units are in the store")
        failed = self._compute(missing)
        if failed:
            unit, reason = next(iter(failed.items()))
            raise SimworthError(
                f"task {self.name}: {len(failed)} of {len(units)} work units failed, the others are kept; "
                f"first: {unit.learning}, n = {unit.n}, trials {unit.trials[0]} to {unit.trials[-1]}: {reason}; "
                "run the same command to try them again"
            )
        return [self._read(unit) for unit in units]

    def _read(self, unit: Unit) -> Result:
        result = read_unit(self.path(unit))
        if result is None:
            raise SimworthError(f"work unit {self.path(unit)} cannot be read back after writing; check the disk")
        return result

    def _compute(self, units: list[Unit]) -> dict[Unit, str]:
        """Compute and keep; the units that failed, with the reason."""
        task = self.settings.tasks[self.name]
        work = groups(task, units)
        failed: dict[Unit, str] = {}
        given = (self.name, task, self.settings.seed, self.data)
        with _progress(self.name, sum(group_cost(task, group) for group in work)) as advance:
            pieces = [(group, [self.path(unit) for unit in group]) for group in work]
            for done in run_all(Job(_work, _setup, given), pieces, worker_count()):
                if done.error:
                    failed |= dict.fromkeys(work[done.index], done.error)
                advance(group_cost(task, work[done.index]))
        return failed


def _setup(name: str, task: object, seed: int, data: TaskData) -> None:
    """Make a process ready: the task's arrays."""
    _worker["problem"] = Problem.of(name, task, seed, data)  # type: ignore[arg-type]


def _work(piece: tuple[list[Unit], list[Path]]) -> float:
    """Compute a group of units and keep each; seconds it took."""
    start = time.monotonic()
    units, paths = piece
    for path, result in zip(paths, compute(_worker["problem"], units), strict=True):
        write_unit(path, result)
    return time.monotonic() - start


class _progress:
    """A bar with the remaining time on a terminal, a line now and then elsewhere."""

    def __init__(self, name: str, total: float) -> None:
        self._total, self._name = total, name
        self._bar = tqdm(
            total=100.0,
            desc=f"{name}: training",
            unit="%",
            bar_format="{desc} {percentage:3.0f}% |{bar}| {elapsed} gone, {remaining} left",
            disable=total == 0 or not sys.stderr.isatty(),
        )
        self._done, self._said, self._start = 0.0, 0.0, time.monotonic()

    def __enter__(self) -> Callable[[float], None]:
        return self._advance

    def __exit__(self, *_: object) -> None:
        self._bar.close()

    def _advance(self, work: float) -> None:
        self._done += work
        share = self._done / self._total
        self._bar.update(100 * work / self._total)
        if self._bar.disable and (share - self._said >= 0.25 or share >= 1 - 1e-9):
            self._said = share
            gone = time.monotonic() - self._start
            _say(f"{self._name}: {share:.0%} trained in {gone:.0f} s, about {gone * (1 / share - 1):.0f} s left")


def _say(text: str) -> None:
    """A line of progress for people; results never go through here."""
    if not os.environ.get("SIMWORTH_QUIET"):
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()
