"""`simworth backtest`: train a task with simulations in other orders, and compare them with random draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from simworth.config import Settings, settings_with
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
from simworth.valuation.backtest import Backtest, against_random
from simworth.valuation.cube import Errors, errors_of

ORDERS_TESTED: Final = ("nearest", "farthest", "proposed")
FEWEST: Final = 2
"""sizes below all simulations that a backtest needs"""


@dataclass(frozen=True)
class BacktestWish:
    """What the user asked for."""

    task: str
    params: Path
    prepared: Path
    """folder of the prepared task"""
    orders: tuple[str, ...] = ORDERS_TESTED
    trials: int | None = None
    """None: the task's"""
    n_max: int | None = None
    """largest n; None: the largest of the task's sizes that leaves simulations out"""


def backtest(wish: BacktestWish) -> Backtest:
    """Train every order at the task's own sizes (so that random draws are those of its sweep), and compare.

    The size that takes all simulations is left out: there every order is the same. SimworthError for an unknown order.
    """
    settings, prepared = settings_with(wish.params, wish.task), Prepared.read(wish.prepared)
    data, what = prepared.ready(), resolve(settings, wish.task)
    for order in wish.orders:
        ORDERS[order]  # an unknown one is an error before anything is trained
    trials = wish.trials or what.task.trials
    sizes = _sizes(plan(what.task, data).n_grid, len(data.source.items), wish)
    found = {
        order: _errors(_ordered(settings, wish.task, order, trials), wish.task, data, sizes)
        for order in (RANDOM, *(one for one in wish.orders if one != RANDOM))
    }
    random = found.pop(RANDOM)
    return Backtest(
        task=wish.task,
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


def _sizes(grid: Sequence[int], simulated: int, wish: BacktestWish) -> list[int]:
    sizes = [n for n in grid if n < simulated and n <= (wish.n_max or simulated)]
    if len(sizes) < FEWEST:
        raise SimworthError(
            f"backtest of {wish.task}: needs {FEWEST} sizes below its {simulated:,} simulations, has {sizes}; raise "
            f"--n-max, or lower tasks.{wish.task}.grid.n_min"
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
