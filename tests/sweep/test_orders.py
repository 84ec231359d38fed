"""Source orders see structures and the measurements of the training side, and nothing of the test set."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from simworth.prepare.arrays import TaskData
from simworth.sweep.orders import ORDERS, PROPOSED, RANDOM, OrderInputs
from simworth.sweep.problem import Problem
from simworth.sweep.shards import task_digest

from .planted import settings, task_data


@pytest.mark.parametrize("order", sorted({"nearest", "farthest", PROPOSED, RANDOM}))
def test_permuted_test_labels_change_no_order(order: str) -> None:
    assert order in ORDERS
    data, task = task_data(simulated=120, measured=40), replace(settings().tasks["density"], source_order=order)
    for trial in range(3):
        before = Problem.of("density", task, 11, data).split(trial)
        values = data.target.values.copy()
        values[before.test] = values[before.test][::-1]
        permuted = replace(data, target=replace(data.target, values=values))
        after = Problem.of("density", task, 11, permuted).split(trial)
        assert (after.source == before.source).all() and (np.sort(after.source) == np.arange(120)).all()


def in_classes(measured_class: int | None, seed: int = 0) -> tuple[TaskData, np.ndarray]:
    """400 simulated materials in five classes, and 60 measured ones, of one class or of all; classes of the former."""
    rng, columns = np.random.default_rng(seed), 8
    middles = rng.normal(size=(5, columns))
    of = rng.integers(5, size=460)
    of[400:] = of[400:] if measured_class is None else measured_class
    data = task_data(simulated=400, measured=60)
    inputs = (middles[of] + rng.normal(size=(460, columns))).astype(np.float32)
    rows = np.concatenate([data.source.rows, data.target.rows])[:, 0]
    placed = np.zeros((len(data.inputs), columns), dtype=np.float32)
    placed[rows] = inputs
    return replace(data, inputs=placed), of[:400]


def sources(data: TaskData, order: str, trials: int = 5) -> list[np.ndarray]:
    """Simulated materials of each trial, in its order."""
    task = replace(settings().tasks["density"], source_order=order)
    problem = Problem.of("density", task, 11, data)
    return [problem.split(trial).source for trial in range(trials)]


def test_proposed_is_the_draw_where_measured_structures_are_like_simulated_ones() -> None:
    data, _ = in_classes(None)
    drawn, proposed = sources(data, RANDOM), sources(data, PROPOSED)
    assert all((one == other).all() for one, other in zip(drawn, proposed, strict=True))


def test_proposed_takes_the_class_that_is_measured_first() -> None:
    data, classes = in_classes(2)
    there = (classes == 2).sum()
    for source in sources(data, PROPOSED):
        assert (classes[source[:there]] == 2).mean() > 0.6


def test_an_order_sees_the_measurements_that_its_trial_learns_from() -> None:
    (data, _), task = in_classes(2), replace(settings().tasks["density"], source_order="counting")
    counts: list[int] = []

    def counting(known: OrderInputs) -> np.ndarray:
        counts.append(len(known.train))
        return np.zeros(len(known.simulated))

    ORDERS.register("counting")(counting)
    Problem.of("density", replace(task, target=replace(task.target, m=20)), 11, data).split(0)
    Problem.of("density", task, 11, data).split(0)
    assert counts == [20, 48]


@pytest.mark.parametrize("order", ["nearest", "farthest", RANDOM])
def test_shards_of_an_order_by_structures_alone_serve_every_number_of_measurements(order: str) -> None:
    assert len(digests(order)) == 1


def test_shards_of_an_order_that_looks_at_the_training_side_are_of_one_number_of_measurements() -> None:
    assert len(digests(PROPOSED)) == 3


def digests(order: str) -> set[str]:
    """Of the shards of a task that learns from all its measurements, from 20 and from 30."""
    task = replace(settings().tasks["density"], source_order=order)
    return {task_digest(11, replace(task, target=replace(task.target, m=m)), "") for m in (None, 20, 30)}
