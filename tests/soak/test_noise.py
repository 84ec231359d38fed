"""The interval of what half the noise buys covers what it buys, on databases whose noise is planted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from simworth.model.noise import mean_errors, with_noise
from simworth.prepare.arrays import TaskData
from simworth.sweep.compute import compute
from simworth.sweep.plan import plan
from simworth.sweep.problem import Problem
from simworth.sweep.shards import Shard
from simworth.sweep.tables import prediction_table, trial_table
from simworth.valuation.cube import Errors, errors_of
from simworth.valuation.noise import VARIANCES, fall_by_half
from tests.sweep.planted import settings, task_data

pytestmark = pytest.mark.soak
NOISE, TRIALS, SEEDS, SIMULATED = 0.7, 10, 20, 160
"""standard deviation, where the simulated values have about 1"""


def noisy(seed: int, variance: float) -> TaskData:
    """A database whose simulated values have so much of NOISE's variance."""
    data = task_data(SIMULATED, 100, bias=0.1, seed=seed)
    drawn = np.random.default_rng([seed, 1]).normal(0, NOISE * variance**0.5, SIMULATED)
    return replace(data, source=replace(data.source, values=data.source.values + drawn))


def trained(data: TaskData) -> Errors:
    task = replace(settings(TRIALS, batch_size=16, learning_rate=0.005).tasks["density"], test_fraction=0.8)
    shard = Shard("transfer", SIMULATED, plan(task, data).m, 0)
    results = compute(Problem.of("density", task, 11, data), [shard])
    return errors_of(trial_table(results, TRIALS), prediction_table(results, TRIALS), "density")


def test_the_interval_covers_what_half_the_noise_buys() -> None:
    deviation, found, truths = np.full(SIMULATED, NOISE), [], []
    for seed in range(SEEDS):
        data = noisy(seed, 1.0)
        tables = [mean_errors([trained(one) for one in with_noise(data, deviation, v)]) for v in VARIANCES]
        found.append(fall_by_half(tables, 0.9)[1])
        half = mean_errors([trained(noisy(seed, 0.5))])
        truths.append(tables[0]["error"].mean() - half["error"].mean())
    truth, told = float(np.mean(truths)), float(np.mean([one.value for one in found]))
    covered = sum(one.low <= truth <= one.high for one in found)
    error = np.std(truths, ddof=1) / SEEDS**0.5
    print(f"half the noise buys {truth:.4f} +- {error:.4f}; told {told:.4f} on average; {covered} of {SEEDS} cover it")
    assert truth > 0 and told > 0
    assert covered >= 15  # of 20 at a level of 0.9, fewer in 1 of 100
