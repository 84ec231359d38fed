"""`simworth backtest`: train a task with simulations in other orders, and compare them with random draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import pandas as pd

from simworth.columns import CLEAN_COLUMNS
from simworth.config import POOLED, BacktestSettings, Database, Settings, Task
from simworth.config.resolve import resolve
from simworth.data.fetch import Say, fetch_release
from simworth.data.ingest import read_release
from simworth.data.project import Project
from simworth.errors import SimworthError
from simworth.files import read_table
from simworth.prepare.arrays import TaskData
from simworth.prepare.choices import data_by
from simworth.prepare.records import Prepared
from simworth.sweep.notes import leave_note
from simworth.sweep.orders import ORDERS, RANDOM
from simworth.sweep.plan import plan
from simworth.sweep.run import Sweeper
from simworth.sweep.tables import prediction_table, trial_table
from simworth.valuation.backtest import NEXT, Backtest, against_random, order_sentence, today
from simworth.valuation.cube import Errors, errors_of
from simworth.valuation.draws import task_draws

FEWEST: Final = 2
"""sizes below all simulations that a backtest needs"""


@dataclass(frozen=True)
class BacktestFolders:
    """What a backtest reads, and where its result goes."""

    prepared: Path = Path("data/prepared")
    """prepared tasks"""
    clean: Path = Path("data/clean")
    """clean tables, where releases are pooled"""
    classes: Path = Path("results/classes")
    """classes of the materials, a table per task"""
    fits: Path = Path("results/fits")
    """which say whether intervals draw classes"""
    reports: Path = NEXT


def run_backtest(settings: Settings, asked: BacktestSettings, folders: BacktestFolders, say: Say) -> None:
    """Run a backtest and write its result where the page shows it; says a line an order."""
    if asked.pooled:
        settings, data = pooled(settings, asked, folders, say)
    else:
        data = Prepared.read(folders.prepared / asked.task).ready()
    found = backtest(settings, asked, data, folders)
    found.write(folders.reports / f"{asked.task}.backtest.json")
    for order in found.orders:
        say(f"{asked.task}: {order_sentence(order, found.unit)}")


def pooled(
    settings: Settings, asked: BacktestSettings, folders: BacktestFolders, say: Say
) -> tuple[Settings, TaskData]:
    """Settings in which the task learns from the pooled releases, as from a database of that name; its data."""
    task = settings.tasks[asked.task]
    task = replace(task, source=replace(task.source, database=POOLED))
    databases = settings.databases | {POOLED: Database(releases=asked.pooled, together=True)}
    settings = replace(settings, databases=databases, tasks=settings.tasks | {asked.task: task})
    simulated = pd.concat([_read(settings, name, say) for name in asked.pooled], ignore_index=True)
    measured = read_table(folders.clean / f"{task.target.database}.parquet", list(CLEAN_COLUMNS))
    data = data_by(resolve(settings, asked.task), simulated, measured, [task.descriptors])
    return settings, data[task.descriptors]


def _read(settings: Settings, name: str, say: Say) -> pd.DataFrame:
    """Clean table of a release that the project's catalogue knows."""
    database, known = name.split("/")
    release, folder = fetch_release(Project(), database, known, say)
    return read_release(settings, name, release, folder).clean


def backtest(settings: Settings, asked: BacktestSettings, data: TaskData, folders: BacktestFolders) -> Backtest:
    """Train every order at the task's own sizes (so that random draws are those of its sweep), and compare; intervals
    draw what those of the task's law do.

    The size that takes all simulations is left out: there every order is the same. SimworthError for an unknown order.
    """
    what = resolve(settings, asked.task)
    for order in asked.orders:
        ORDERS[order]  # an unknown one is an error before anything is trained
    task = replace(what.task, adaptive=None, trials=asked.trials or what.task.trials)
    planned = plan(task, data)
    sizes = _sizes(planned.n_grid, len(data.source.items), asked)
    found = {
        order: trained(settings, replace(task, source_order=order), asked.task, data, sizes)
        for order in (RANDOM, *(one for one in asked.orders if one != RANDOM))
    }
    draws = task_draws(found[RANDOM], asked.task, folders.classes, folders.fits)
    found = {order: draws.errors(errors) for order, errors in found.items()}
    random = found.pop(RANDOM)
    return Backtest(
        task=asked.task,
        date=today(),
        releases=what.releases,
        unit=what.measured.error_unit(),
        level=what.level,
        m=planned.m,
        trials=int(random.transfer["trial"].nunique()),
        simulated=len(data.source.items),
        materials=int(random.transfer["item"].nunique()),
        orders=against_random(found, random, what.level),
    )


def _sizes(grid: Sequence[int], simulated: int, asked: BacktestSettings) -> list[int]:
    sizes = [n for n in grid if n < simulated and n <= (asked.n_max or simulated)]
    if len(sizes) < FEWEST:
        raise SimworthError(
            f"backtest of {asked.task}: needs {FEWEST} sizes below its {simulated:,} simulations, has {sizes}; raise "
            f"--n-max, or lower tasks.{asked.task}.grid.n_min"
        )
    return sizes


def trained(settings: Settings, task: Task, name: str, data: TaskData, sizes: Sequence[int]) -> Errors:
    """Errors of a task of the settings, changed to `task`, at these of its sizes; finished work is kept and noted."""
    settings = replace(settings, tasks=settings.tasks | {name: replace(task, surface=None)})
    sweeper = Sweeper(settings, name, data)
    shards = [shard for shard in plan(task, data).curve if shard.n in sizes]
    leave_note(sweeper.store, resolve(settings, name), sweeper.names(shards))
    results = sweeper.run(shards)
    return errors_of(trial_table(results, task.trials), prediction_table(results, task.trials), name)
