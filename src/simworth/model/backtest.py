"""`simworth backtest`: train a task with simulations in other orders, and compare them with random draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from simworth.config import BacktestSettings, Settings, backtest_of
from simworth.config.resolve import resolve
from simworth.environment import store_root
from simworth.errors import SimworthError
from simworth.prepare.arrays import TaskData
from simworth.prepare.records import Prepared
from simworth.sweep.notes import leave_note
from simworth.sweep.orders import ORDERS, RANDOM
from simworth.sweep.plan import plan
from simworth.sweep.run import Sweeper
from simworth.sweep.tables import prediction_table, trial_table
from simworth.valuation.backtest import Backtest, against_random, order_sentence
from simworth.valuation.cube import Errors, errors_of

FEWEST: Final = 2
"""sizes below all simulations that a backtest needs"""


def backtest(settings: Settings, asked: BacktestSettings, folder: Path) -> Backtest:
    """Train every order at the task's own sizes (so that random draws are those of its sweep), and compare.

    `folder`: the prepared task. The size that takes all simulations is left out: there every order is the same.
    SimworthError for an unknown order.
    """
    prepared = Prepared.read(folder)
    data, what = prepared.ready(), resolve(settings, asked.task)
    for order in asked.orders:
        ORDERS[order]  # an unknown one is an error before anything is trained
    trials = asked.trials or what.task.trials
    sizes = _sizes(plan(what.task, data).n_grid, len(data.source.items), asked)
    found = {
        order: _errors(_ordered(settings, asked.task, order, trials), asked.task, data, sizes)
        for order in (RANDOM, *(one for one in asked.orders if one != RANDOM))
    }
    random = found.pop(RANDOM)
    return Backtest(
        task=asked.task,
        date=datetime.now(UTC).date().isoformat(),
        releases=what.releases,
        unit=what.measured.error_unit(),
        level=what.level,
        simulated=len(data.source.items),
        m=plan(what.task, data).m,
        materials=int(random.transfer["item"].nunique()),
        trials=int(random.transfer["trial"].nunique()),
        orders=against_random(found, random, what.level),
    )


def run_backtests(settings: Settings, names: Sequence[str], prepared: Path, reports: Path) -> list[str]:
    """Run these of the settings' backtests, write their results where the page shows them; a line an order."""
    return [line for name in names for line in told(settings, backtest_of(settings, name), prepared, reports)]


def told(settings: Settings, asked: BacktestSettings, prepared: Path, reports: Path) -> list[str]:
    """Run one, `prepared` being the folder of all prepared tasks, and write its result; a line an order."""
    found = backtest(settings, asked, prepared / asked.task)
    found.write(reports / f"{asked.task}.backtest.json")
    return [f"{asked.task}: {order_sentence(order, found.unit)}" for order in found.orders]


def _sizes(grid: Sequence[int], simulated: int, asked: BacktestSettings) -> list[int]:
    sizes = [n for n in grid if n < simulated and n <= (asked.n_max or simulated)]
    if len(sizes) < FEWEST:
        raise SimworthError(
            f"backtest of {asked.task}: needs {FEWEST} sizes below its {simulated:,} simulations, has {sizes}; raise "
            f"--n-max, or lower tasks.{asked.task}.grid.n_min"
        )
    return sizes


def _ordered(settings: Settings, name: str, order: str, trials: int) -> Settings:
    """The settings with the task's simulations in another order."""
    task = replace(settings.tasks[name], source_order=order, trials=trials, surface=None, adaptive=None)
    return replace(settings, tasks=settings.tasks | {name: task})


def _errors(settings: Settings, name: str, data: TaskData, sizes: Sequence[int]) -> Errors:
    task, sweeper = settings.tasks[name], Sweeper(settings, name, data, store_root())
    shards = [shard for shard in plan(task, data).curve if shard.n in sizes]
    leave_note(sweeper.store, resolve(settings, name), [sweeper.digest(shard) for shard in shards])
    results = sweeper.run(shards)
    return errors_of(trial_table(results, task.trials), prediction_table(results, task.trials), name)
