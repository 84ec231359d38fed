"""Run a task's sweep: find the units that are kept, compute the others, keep them as they end."""

from __future__ import annotations

import logging
import os
import socket
import time
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simworth.config import Settings
from simworth.errors import SimworthError
from simworth.locks import one_at_a_time
from simworth.logs import event
from simworth.processes import Machine, machine
from simworth.sweep.compute import TOGETHER, Problem, compute
from simworth.sweep.dataset import TaskData
from simworth.sweep.executor import Done, Job, run_all
from simworth.sweep.failed import UnitsFailed, failed_result, hopeless
from simworth.sweep.plan import group_cost, groups
from simworth.sweep.progress import progress, say
from simworth.sweep.seconds import note_seconds
from simworth.sweep.splits import side_keys, trial_seed
from simworth.sweep.units import Result, Unit, read_unit, task_digest, unit_digest, unit_path, write_unit

_worker: dict[str, Problem] = {}
"""the task of this process, set once by `_setup`"""


@dataclass(frozen=True)
class Worked:
    """What a worker made of units that share one pretraining."""

    results: list[Result]
    """in the order of the units"""
    seconds: float
    where: str
    """process and machine"""


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
        return unit_digest(self.task_digest, unit)

    @property
    def task_digest(self) -> str:
        """What all units of the task share."""
        return task_digest(self.settings.seed, self.settings.tasks[self.name], self.data.digest)

    def run(self, units: list[Unit]) -> list[Result]:
        """Results of all units, in the order given; those not in the store are computed and kept.

        While another process computes units of this task, this one waits, and then finds them in the store. Where the
        store's file system knows no locks both compute them: each is written whole, and both write the same.
        Units that fail twice are named in UnitsFailed at the end, when all others are kept.
        """
        with one_at_a_time(self.store / "locks" / self.task_digest, self._wait):
            missing = [unit for unit in units if read_unit(self.path(unit)) is None]
            self._begin(units, missing)
            failed = self._compute(missing)
        lost = {unit: reason for unit, (reason, _) in failed.items()}
        event("sweep ended", units=len(units), computed=len(missing) - len(lost), failed=len(lost))
        if lost:
            raise UnitsFailed(
                self.name, lost, {unit: failed[unit][1] if unit in failed else self._read(unit) for unit in units}
            )
        return [self._read(unit) for unit in units]

    def _wait(self, holder: str) -> None:
        say(f"{self.name}: {holder} trains the same; waiting for it, its work units are shared")
        event("waiting for another sweep", holder=holder)

    def _begin(self, units: list[Unit], missing: list[Unit]) -> None:
        kept = len(units) - len(missing)
        if kept:
            say(f"{self.name}: {kept} of {len(units)} work units are in the store")
        event("sweep begins", units=len(units), kept=kept, missing=len(missing), store=str(self.store))
        for path in map(self.path, units):
            for left in path.parent.glob(f".{path.stem}.*"):
                left.unlink()  # half written by a sweep that was killed

    def _read(self, unit: Unit) -> Result:
        result = read_unit(self.path(unit))
        if result is None:
            raise SimworthError(f"work unit {self.path(unit)}: cannot be read back after writing; check the disk")
        return result

    def _compute(self, units: list[Unit]) -> dict[Unit, tuple[str, Result]]:
        """Compute and keep; the units that failed, with the reason and what is left of them."""
        task, here = self.settings.tasks[self.name], machine()
        work = groups(task, units, TOGETHER[here.device])
        failed: dict[Unit, tuple[str, Result]] = {}
        job = Job(_work, _setup, (self.name, task, self.settings.seed, self.data, here.device, self.task_digest))
        with (
            progress(self.name, sum(group_cost(task, group) for group in work)) as bar,
            closing(_executed(job, work, here)) as ended,
        ):
            for done in ended:
                failed |= self._keep(work[done.index], done)
                bar.advance(group_cost(task, work[done.index]))
        return failed

    def _keep(self, group: list[Unit], done: Done) -> dict[Unit, tuple[str, Result]]:
        """Keep the units of a piece that ended; those that failed are returned, not kept."""
        first = group[0]
        about: dict[str, Any] = {
            "learning": first.learning,
            "n": first.n,
            "m": sorted({unit.m for unit in group}),
            "block": sorted({unit.block for unit in group}),
        }
        if done.error:
            event("work units failed", logging.ERROR, **about, reason=done.error)
            return {unit: (done.error, self._failed(unit, done.error)) for unit in group}
        worked: Worked = done.value
        found = {unit: (hopeless(result), result) for unit, result in zip(group, worked.results, strict=True)}
        kept = [unit for unit, (reason, _) in found.items() if not reason]
        for unit in kept:
            write_unit(self.path(unit), found[unit][1])
        note_seconds([self.path(unit) for unit in kept], worked.seconds)
        lost = {unit: pair for unit, pair in found.items() if pair[0]}
        for unit, (reason, _) in lost.items():
            event("work units failed", logging.ERROR, **about | {"m": [unit.m]}, reason=reason)
        bad = sum(int((result.trials["status"] == "failed").sum()) for result in worked.results)
        files = [self.digest(unit)[:12] for unit in kept]
        took = round(worked.seconds, 3)
        event("work units kept", **about, files=files, seconds=took, worker=worked.where, failed_trials=bad)
        return lost

    def _failed(self, unit: Unit, reason: str) -> Result:
        _, key = side_keys(self.settings.tasks[self.name])
        seeds = [trial_seed(self.settings.seed, key, trial) for trial in unit.trials]
        return failed_result(unit, seeds, reason)


def _executed(job: Job, work: Sequence[Any], here: Machine) -> Generator[Done, None, None]:
    """Pieces as they end, on the executor that this machine's settings name."""
    if not work:
        return
    event("computing", pieces=len(work), executor=here.executor, workers=here.workers, scheduler=here.dask_scheduler)
    if here.executor == "local":
        yield from run_all(job, work, here.workers)
        return
    try:
        from simworth.sweep.dask_pool import run_on_dask
    except ModuleNotFoundError as error:
        raise SimworthError(
            f"executor 'dask': needs a package that is not here ({error.name}); pip install 'simworth[dask]', "
            "or unset SIMWORTH_EXECUTOR"
        ) from None
    yield from run_on_dask(job, work, here)


def _setup(name: str, task: Any, seed: int, data: TaskData, device: str, digest: str) -> None:
    """Make a process ready: the task's arrays. One whose libraries would give other numbers is refused."""
    if task_digest(seed, task, data.digest) != digest:
        raise SimworthError(
            f"worker {_here()}: its simworth or its torch, numpy or scipy are of another version than the sweep's; "
            "install the same requirements.lock on every machine"
        )
    _worker["problem"] = Problem.of(name, task, seed, data, device)


def _work(units: list[Unit]) -> Worked:
    """Compute a group of units; one of which every trial failed is computed once more."""
    start = time.monotonic()
    results = compute(_worker["problem"], units)
    again = [unit for unit, result in zip(units, results, strict=True) if hopeless(result)]
    if again:
        second = dict(zip(again, compute(_worker["problem"], again), strict=True))
        results = [second.get(unit, result) for unit, result in zip(units, results, strict=True)]
    return Worked(results, time.monotonic() - start, _here())


def _here() -> str:
    return f"{os.getpid()}@{socket.gethostname()}"
