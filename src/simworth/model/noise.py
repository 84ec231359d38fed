"""`simworth noise`: train a task with noise added to its simulations, to tell what less of it would buy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from simworth.config import settings_with
from simworth.config.resolve import resolve
from simworth.digests import digest
from simworth.errors import SimworthError
from simworth.model.backtest import trained
from simworth.prepare.arrays import TaskData
from simworth.prepare.records import Prepared
from simworth.sweep.plan import plan
from simworth.valuation.backtest import today
from simworth.valuation.cube import Errors
from simworth.valuation.draws import task_draws
from simworth.valuation.noise import VARIANCES, NoiseStudy, NoisyPoint, fall_by_doubling, fall_by_half
from simworth.valuation.records import Fit


@dataclass(frozen=True)
class NoiseFolders:
    """What a study of noise reads, folders with one file or folder per task."""

    prepared: Path
    classes: Path
    """classes of the materials"""
    fits: Path
    """which say whether intervals draw classes, and what more structures bring"""


def noise_study(name: str, params: Path, folders: NoiseFolders, trials: int | None = None) -> NoiseStudy:
    """Train a task at all its simulations with each of VARIANCES, in `trials` trials, else its own. SimworthError where
    replicates do not tell the noise."""
    settings, ready = settings_with(params, name), Prepared.read(folders.prepared / name)
    data, what = ready.ready(), resolve(settings, name)
    task = replace(what.task, adaptive=None, trials=trials or what.task.trials)
    deviation, planned = label_noise(ready), plan(task, data)
    sizes = planned.n_grid[-1:]
    found = [
        [trained(settings, task, name, one, sizes) for one in with_noise(data, deviation, variance)]
        for variance in VARIANCES
    ]
    draws = task_draws(found[0][0], name, folders.classes, folders.fits)
    tables = [draws(mean_errors(errors)) for errors in found]
    means, halving = fall_by_half(tables, what.level)
    fit = folders.fits / f"{name}.json"
    replicates = ready.samples.query("side == 'source'")["replicates"]
    return NoiseStudy(
        task=name,
        date=today(),
        releases=what.releases,
        unit=what.measured.error_unit(),
        level=what.level,
        m=planned.m,
        trials=int(tables[0]["trial"].nunique()),
        n=planned.n_grid[-1],
        replicates=float(replicates.mean()),
        noise=float(np.sqrt(np.mean(deviation**2))),
        points=tuple(NoisyPoint(variance=v, mae=float(mae)) for v, mae in zip(VARIANCES, means, strict=True)),
        halving=halving,
        doubling=fall_by_doubling(Fit.read(fit).entry) if fit.is_file() else None,
    )


def label_noise(prepared: Prepared) -> np.ndarray:
    """(source samples,) standard deviation of each value's noise, on its scale: that between its replicates over the
    root of their number, of a single simulation by the mean variance of all. SimworthError where none is replicated."""
    rows = prepared.samples.query("side == 'source'")
    count, spread = rows["replicates"].to_numpy(float), rows["spread"].to_numpy(float)
    if prepared.record.source.scale == "log10":
        spread = spread / (np.log(10) * 10 ** rows["value"].to_numpy(float))
    known = (count > 1) & np.isfinite(spread)
    if not known.any():
        raise SimworthError(
            f"task {prepared.record.task}: none of its {len(rows):,} simulations has replicates with a spread, so that "
            "their noise is not known; a release must name columns of both (`spread`, `replicates`)"
        )
    variance = np.average(spread[known] ** 2, weights=count[known] - 1)
    deviation: np.ndarray = np.sqrt(np.where(known, spread**2, variance) / count)
    return deviation


def with_noise(data: TaskData, deviation: np.ndarray, variance: float) -> list[TaskData]:
    """The task with normal noise added to its simulations up to `variance`, in units of their own, and with the same
    taken away, so that what is odd in it cancels in the mean of both; as it is where `variance` is 1."""
    if variance == 1:
        return [data]
    drawn = np.random.default_rng(len(deviation)).normal(0, np.sqrt(variance - 1) * deviation)
    named = [digest([data.digest, "noise", variance, sign]) for sign in (1, -1)]
    noisy = [replace(data.source, values=data.source.values + sign * drawn) for sign in (1, -1)]
    return [replace(data, source=source, digest=name) for source, name in zip(noisy, named, strict=True)]


def mean_errors(errors: Sequence[Errors]) -> pd.DataFrame:
    """Columns trial, item, cluster, error: their mean, test by test."""
    told = [one.transfer.assign(repeat=one.transfer.groupby(["trial", "item"]).cumcount()) for one in errors]
    keys = ["trial", "item", "cluster", "repeat"]
    means: pd.DataFrame = pd.concat(told).groupby(keys)["error"].mean().reset_index()
    return means
