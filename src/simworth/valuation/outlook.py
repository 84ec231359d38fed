"""Forecasts from a task's laws: the error at a size not yet run, the size for a wanted error, and allocations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np
import pandas as pd

from simworth.config import Settings
from simworth.errors import SimworthError, did_you_mean
from simworth.scaling import Estimate, PowerLaw, Surface, fit_power_law, fit_surface
from simworth.valuation.compare import compare, compare_text, equal_sentence, rivals
from simworth.valuation.cube import WITH_SOURCE, Errors, error_table, errors_of, grid_of
from simworth.valuation.draws import task_draws
from simworth.valuation.pieces import finite
from simworth.valuation.result_files import read_tables
from simworth.valuation.words import needed, needed_span

Law = TypeVar("Law")


def drawn_errors(trials: pd.DataFrame, predictions: pd.DataFrame, task: str, classes: Path | None) -> Errors:
    """Errors of a task, by what intervals draw (`task_draws`)."""
    errors = errors_of(trials, predictions, task)
    return task_draws(errors, task, classes).errors(errors)


def task_law(task: str, trials: Path, predictions: Path, classes: Path) -> tuple[PowerLaw, int]:
    """The law of a task and its n_max from its tables, folders with one per task."""
    errors = drawn_errors(*_tables(task, trials, predictions), task, classes)
    if errors.transfer.empty:
        raise SimworthError(f"task {task}: has no trial with simulations yet; its row in the table of laws says why")
    return _fitted(task, lambda: fit_power_law(errors.n, errors.cube())), int(errors.n.max())


def task_surface(task: str, trials: Path, predictions: Path, classes: Path, fits: Path) -> tuple[Surface, int, int]:
    """The two-dimensional law of a task, and the largest n and m that were run, from folders with a file per task."""
    tables = _tables(task, trials, predictions)
    table = task_draws(errors_of(*tables, task), task, classes, fits)(error_table(*tables, task))
    table = table[table["learning"].isin(WITH_SOURCE)]
    if table.empty:
        raise SimworthError(
            f"task {task}: has no n x m grid; set tasks.{task}.surface in params.yaml, e.g. {{points: 5}}, and "
            "run `dvc repro`"
        )
    surface = _fitted(task, lambda: fit_surface(*grid_of(table)))
    return surface, int(table["n"].max()), int(table["m"].max())


def forecast_text(
    task: str, law: PowerLaw, n_max: int, n: int | None, target: float | None, relative: float | None, level: float
) -> str:
    """A sentence each for the error at n, the n of a target error, and the n of an error relative to today's."""
    lines = []
    if n is not None:
        value, low, high = law.predict(float(n), level=level)
        lines.append(
            f"{task}: at n = {n:,} expect an error of {value:.4g} ({level:.0%} interval {low:.4g} to {high:.4g})"
        )
    if target is not None:
        lines.append(_needs(f"{task}: an error of {target:.4g}", law.required_n(target, level=level), n_max, level))
    if relative is not None:
        wanted = f"{task}: an error of {relative:.3g} times that at n = {n_max:,}"
        lines.append(_needs(wanted, law.required_n(relative=relative, level=level), n_max, level))
    return "\n".join(lines)


def _needs(wanted: str, n: Estimate, n_max: int, level: float) -> str:
    ends = needed_span(finite(n.low), finite(n.high), n_max)
    if not np.isfinite(n.value):
        return f"{wanted} is never reached by the fitted law ({level:.0%} interval {ends})"
    return f"{wanted} needs n = {needed(n.value, n_max)} ({level:.0%} interval {ends})"


def comparison_text(
    settings: Settings, tasks: Sequence[str], trials: Path, predictions: Path, classes: Path, level: float
) -> str:
    """The first task against each other one, in sentences. SimworthError where they have different targets."""
    first, *rest = tasks
    errors = {task: drawn_errors(*_tables(task, trials, predictions), task, classes) for task in tasks}
    lines = []
    for other in rest:
        if not rivals(settings, (first, other)):
            raise SimworthError(f"{first} and {other} have different targets: only tasks with one target are compared")
        for task in (first, other):
            if errors[task].transfer.empty:
                raise SimworthError(f"task {task}: has no trial with simulations yet")
        lines.append(compare_text(first, other, compare(errors[first], errors[other], level)))
        lines.append(f"  {equal_sentence(other, first, compare(errors[other], errors[first], level))}")
    return "\n".join(lines)


def _count(n: float) -> str:
    return f"{n:,.0f}" if np.isfinite(n) else "never"


def allocation_text(
    task: str, surface: Surface, n: int, m: int, budget: float, costs: tuple[float, float], steps: int
) -> str:
    """Where each budget goes, and the error it leads to."""
    lines = [f"{task}: now n = {n:,}, m = {m:,}, error {surface.predict(n, m):.4g} by the fitted surface"]
    for number, step in enumerate(surface.plan(budget, *costs, n, m, steps), start=1):
        lines.append(
            f"budget {number}: {step.dn:,} simulations and {step.dm:,} experiments, cost {step.cost:,.6g}, "
            f"error {step.error:.4g}"
        )
    worth = surface.equivalent_samples(n, m)
    low, high = (_count(end) for end in worth[1:])
    return "\n".join([*lines, f"one experiment is worth {_count(worth[0])} simulations here ({low} to {high})"])


def _tables(task: str, trials: Path, predictions: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    known = [path.stem for path in trials.glob("*.parquet")]
    if task not in known:
        raise SimworthError(f"no results of task {task!r} in {trials}{did_you_mean(task, known)}")
    return read_tables(trials / f"{task}.parquet", predictions / f"{task}.parquet")


def _fitted(task: str, fit: Callable[[], Law]) -> Law:
    try:
        return fit()
    except ValueError as error:
        raise SimworthError(f"task {task}: no law can be fitted: {error}") from None
