"""On the demo's polymers in classes, `proposed` halves the simulations where one class alone is measured."""

from __future__ import annotations

from dataclasses import replace

import pytest

from simworth.prepare.arrays import TaskData
from simworth.sweep.compute import compute
from simworth.sweep.orders import PROPOSED, RANDOM
from simworth.sweep.plan import plan
from simworth.sweep.problem import Problem
from simworth.sweep.shards import Shard
from simworth.sweep.tables import prediction_table, trial_table
from simworth.valuation.compare import Paired
from simworth.valuation.cube import Errors, errors_of
from tests.sweep.classes import MATTER, PROPERTY, class_of, made, task

pytestmark = pytest.mark.soak
SIZES = (60, 120, 240, 480)
DRAWS = 20


def problem(data: TaskData, order: str) -> Problem:
    """With a fifth of the measurements to learn from, so that simulations count."""
    settings = replace(task(DRAWS).tasks[PROPERTY], source_order=order, test_fraction=0.8)
    return Problem.of(PROPERTY, settings, 11, data)


def errors(data: TaskData, order: str) -> Errors:
    ours = problem(data, order)
    m = plan(ours.task, data).m
    shards = [Shard("transfer", n, m, block) for n in SIZES for block in range(DRAWS // 10)]
    results = [result for shard in shards for result in compute(ours, [shard])]
    return errors_of(trial_table(results, DRAWS), prediction_table(results, DRAWS), PROPERTY)


def test_proposed_reaches_randoms_error_with_half_the_simulations() -> None:
    data = made(seed=1, simulated=2400, measured=150, structured=True)
    share = (class_of(data.source.items) == MATTER).mean()
    first = [data.source.items[k] for k in problem(data, PROPOSED).split(0).source[:120]]
    assert share < 0.2 and (class_of(first) == MATTER).mean() > 4 * share
    pair = Paired.of(errors(data, PROPOSED), errors(data, RANDOM), 0.9)
    half, equal = pair.mean_difference([(n / 2, n) for n in SIZES[1:]]), pair.mean_difference()
    print(f"at share {share:.2f}: proposed at n / 2 less random at n {half}, at equal n {equal}")
    assert half.high < 0 and equal.high < 0


def test_proposed_is_random_where_nothing_is_to_be_gained() -> None:
    data = made(seed=1, simulated=2400, measured=150, structured=False)
    proposed, drawn = problem(data, PROPOSED), problem(data, RANDOM)
    same = [(proposed.split(t).source == drawn.split(t).source).all() for t in range(DRAWS)]
    assert all(same), f"{DRAWS - sum(same)} of {DRAWS} draws take other simulations"
