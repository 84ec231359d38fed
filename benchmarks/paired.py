"""A line a task: what paired trials are worth in independent ones, found from many trials of the project's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from benchmarks.lines import Line, Target
from benchmarks.own import Own
from simworth.config import Settings
from simworth.environment import store_root
from simworth.prepare.arrays import TaskData
from simworth.scaling import worth_of_pairing
from simworth.sweep.plan import plan
from simworth.sweep.run import Sweeper
from simworth.sweep.tables import trial_table


@dataclass(frozen=True)
class PairedLoad:
    """Whose trials, and how many: those that a sweep has kept are not trained again."""

    own: Own = field(default_factory=Own)
    trials: Mapping[str, int] = field(default_factory=lambda: {"density": 100, "refractive_index": 100, "chi": 30})


def target(task: str) -> Target:
    """Independent trials at every n that would give the same trial-only interval of alpha."""
    return Target(
        f"trials of {task} for its interval of alpha", "independent trials for the same interval", "trials", 4.0
    )


def paired_lines(load: PairedLoad) -> list[Line]:
    """One a task; a task without data has no numbers."""
    settings = load.own.settings
    return [_line(load.own, settings, name, trials) for name, trials in load.trials.items()]


def _line(own: Own, settings: Settings, name: str, trials: int) -> Line:
    data = own.data(settings, name)
    if not isinstance(data, TaskData):
        return target(name).missing(data)
    n, errors = errors_of(settings, name, data, trials)
    found = worth_of_pairing(n, errors)
    if found is None:
        return target(name).missing("too few trials ran at every n")
    if not np.isfinite(found.factor):
        return target(name).missing("these trials do not bound alpha" if np.isnan(found.factor) else "beyond all tried")
    size = f"{found.trials} trials at {len(n)} n to {n[-1]:,}, m = {plan(settings.tasks[name], data).m}"
    fall = f"the variance of the fall from n = {n[0]:,} to {n[-1]:,} is {found.fall:.3g} times smaller than unpaired"
    note = f"{fall}; errors at two n correlate at {found.correlation:.2f}, which if even is worth {found.even:.3g} x"
    return target(name).measured(found.trials, found.independent, size=size, note=note)


def errors_of(settings: Settings, name: str, data: TaskData, trials: int) -> tuple[list[int], np.ma.MaskedArray]:
    """(k,) n and (trials, k) MAE of the task's curve; masked where a trial failed."""
    task = replace(settings.tasks[name], adaptive=None, trials=trials)
    with_more = replace(settings, tasks={**settings.tasks, name: task})
    planned = plan(task, data)
    units = [unit for unit in planned.curve if unit.n]
    table = trial_table(Sweeper(with_more, name, data, store_root()).run(units), trials)
    values = table.pivot(index="trial", columns="n", values="mae").to_numpy()
    return planned.n_grid, np.ma.masked_invalid(values)
