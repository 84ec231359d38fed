"""A task of any size on made-up tables, swept by the code that sweeps every task; what it costs in time and memory."""

from __future__ import annotations

import multiprocessing
import os
import resource
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from simworth.columns import CLEAN_COLUMNS
from simworth.config import Settings, Task, settings_from
from simworth.config.resolve import resolve
from simworth.errors import SimworthError
from simworth.prepare.arrays import TaskData
from simworth.prepare.stage import prepare
from simworth.sweep.compute import compute
from simworth.sweep.plan import groups, plan
from simworth.sweep.problem import Problem
from simworth.sweep.shards import Shard

TASK: Final = "density"
FILES: Final = ("source", "target", "features")
"""tables that `write_tables` leaves"""
_LATENT: Final = 12
"""independent numbers behind the made-up descriptors"""
_GIB: Final = 2**30
_STATUS: Final = Path("/proc/self/status")

_problem: dict[str, Problem] = {}
"""the task of this process"""


@dataclass(frozen=True)
class Size:
    """A sweep."""

    simulated: int
    measured: int = 82
    trials: int = 30
    columns: int = 190
    points: int = 10
    n_min: int = 100
    training: dict[str, Any] = field(default_factory=dict)
    """settings that differ from the study's"""

    def settings(self) -> Settings:
        """As params.yaml would hold them."""
        side = {"database": "made-up"}
        task = {
            "property": TASK,
            "source": side,
            "target": side,
            "descriptors": ["ffkm"],
            "trials": self.trials,
            "grid": {"points": self.points, "n_min": self.n_min},
            "training": self.training,
        }
        return settings_from(
            {
                "seed": 1,
                "databases": {"made-up": {"releases": ["one"]}},
                "properties": {TASK: {"unit": "g/cm^3", "range": [-100.0, 100.0]}},
                "tasks": {TASK: task},
            },
            "of a made-up sweep",
        )


@dataclass(frozen=True)
class Cost:
    """What a sweep took."""

    seconds: dict[int, float]
    """n -> seconds of training, summed over the workers"""
    workers: int
    trials: int
    """trials trained, over all n and direct learning"""
    held: tuple[float, ...]
    """(1 + workers,) GiB: the largest resident sizes of the process that sweeps and of its workers"""

    @property
    def peak(self) -> float:
        """GiB of all of them, as if each were at its largest at once; libraries that they share count in each."""
        return sum(self.held)

    @property
    def total(self) -> float:
        """Seconds with all workers busy."""
        return sum(self.seconds.values()) / self.workers

    @property
    def per_trial(self) -> float:
        """Seconds of the whole sweep that one trial takes."""
        return self.total / self.trials


def write_tables(size: Size, folder: Path) -> None:
    """Clean tables and descriptors in `folder`: values are a smooth function of positive, skewed descriptors."""
    rng = np.random.default_rng(size.simulated)
    latent = rng.normal(size=(size.simulated + size.measured, _LATENT))
    names = [f"*{'S' if k < size.simulated else 'T'}{k:06d}*" for k in range(len(latent))]
    truth = np.tanh(latent[:, :4]).sum(axis=1) + 0.3 * latent[:, 4] ** 2
    seen = np.exp(latent @ rng.normal(size=(_LATENT, size.columns)) / np.sqrt(_LATENT))
    columns = [f"ffkm:{k:03d}" for k in range(size.columns)]
    pd.DataFrame(seen, columns=columns).assign(structure=names).to_parquet(folder / "features.parquet")
    biased = 0.9 * truth + 0.4 * np.tanh(latent[:, 5])
    cut = size.simulated
    _clean("simulation", names[:cut], biased[:cut]).to_parquet(folder / "source.parquet")
    noisy = truth[cut:] + rng.normal(0, 0.05, size.measured)
    _clean("experiment", names[cut:], noisy).to_parquet(folder / "target.parquet")


def _clean(role: str, structures: list[str], values: np.ndarray) -> pd.DataFrame:
    fixed: dict[str, Any] = {"role": role, "property": TASK, "partner": "", "temperature": np.nan, "spread": np.nan}
    fixed |= {"replicates": 1, "converged": True, "material_class": "", "protocol": "", "release": "one"}
    fixed |= {"file": "made-up.csv", "row": np.arange(2, len(structures) + 2)}
    table = pd.DataFrame({"item": structures, "structure": structures, "value": values})
    return table.assign(**fixed)[list(CLEAN_COLUMNS)]


def cost_of(size: Size, folder: Path, workers: int) -> Cost:
    """Sweep the tables that `write_tables` left in `folder`, in a process of its own with `workers` workers."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as alone:
        return alone.submit(_sweep, size, folder, workers).result()


def _sweep(size: Size, folder: Path, workers: int) -> Cost:
    settings = size.settings()
    data = prepare(resolve(settings, TASK), *(folder / f"{name}.parquet" for name in FILES)).ready()
    task = settings.tasks[TASK]
    work = groups(task, plan(task, data).curve)
    given, seconds, peaks, trials = (task, settings.seed, data), dict[int, float](), dict[int, float](), 0
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_begin, initargs=given) as pool:
        for n, done, spent, process, held in pool.map(_group, work):
            seconds[n] = seconds.get(n, 0.0) + spent
            peaks[process], trials = held, trials + done
    return Cost(seconds, workers, trials, (peak(), *peaks.values()))


def _begin(task: Task, seed: int, data: TaskData) -> None:
    _problem["task"] = Problem.of(TASK, task, seed, data)


def _group(units: list[Shard]) -> tuple[int, int, float, int, float]:
    """n, trials, seconds, number of the process, GiB that it held at most so far."""
    start = time.perf_counter()
    results = compute(_problem["task"], units)
    spent = time.perf_counter() - start
    bad = [reason for one in results for reason in one.trials["reason"] if reason]
    if bad:
        raise SimworthError(f"made-up sweep: a trial failed: {bad[0]}")
    return units[0].n, sum(len(one.trials) for one in results), spent, os.getpid(), peak()


def peak() -> float:
    """GiB that this process held at most. Linux hands ru_maxrss on to a child, whatever that then runs, so the
    high-water mark of the process's own memory is read where the system tells it."""
    if _STATUS.is_file():
        marks = [line for line in _STATUS.read_text(encoding="utf-8").splitlines() if line.startswith("VmHWM:")]
        if marks:
            return int(marks[0].split()[1]) * 1024 / _GIB
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return held / _GIB if sys.platform == "darwin" else held * 1024 / _GIB
