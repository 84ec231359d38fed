"""`training.most_steps`: batches and the learning rate grow where a database asks for more steps an epoch."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from simworth.sweep.compute import compute
from simworth.sweep.problem import Problem
from simworth.sweep.shards import Shard, task_digest

from .planted import settings, task_data

DATA = task_data(simulated=90)
SHARD = Shard("transfer", 40, 40, 0)


def errors(**training: Any) -> list[float]:
    """MAE of each trial; 32 of the 40 simulations and of the 40 measurements are learned from."""
    task = settings(**{"max_epochs": 3, **training}).tasks["density"]
    found: list[float] = compute(Problem.of("density", task, 11, DATA), [SHARD])[0].trials["mae"].to_list()
    return found


def test_four_steps_of_32_are_batches_of_8_and_a_rate_that_grows_with_their_root() -> None:
    grown = errors(batch_size=4, learning_rate=0.001, target_learning_rate=0.002, most_steps=4)
    assert grown != errors(batch_size=4, learning_rate=0.001, target_learning_rate=0.002)
    root = 2**0.5
    assert grown == errors(batch_size=8, learning_rate=0.001 * root, target_learning_rate=0.002 * root)


def test_where_no_more_steps_are_asked_for_nothing_changes() -> None:
    assert errors(batch_size=8, most_steps=4) == errors(batch_size=8)


def test_it_names_other_shards() -> None:
    task = settings().tasks["density"]
    changed = replace(task, training=replace(task.training, most_steps=100))
    assert task_digest(1, changed, "d") != task_digest(1, task, "d")
