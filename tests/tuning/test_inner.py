"""Inner splits: inside the training side, the same for everyone, blind to the test set."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from simworth.config import Training
from simworth.prepare.arrays import TaskData
from simworth.sweep.problem import Problem
from simworth.tuning.inner import Evaluator, inner_errors, inner_split
from tests.sweep.planted import pairs_data, pairs_task, prepared_data, settings, task_data

TRIALS = range(3)
N = 60


def problem(data: TaskData) -> Problem:
    given = settings(max_epochs=3, hidden=[8])
    return Problem.of("density", given.tasks["density"], given.seed, data)


def outer_test(one: Problem, trial: int) -> np.ndarray:
    """What the sweep itself holds out."""
    return one.split(trial).test


def changed(data: TaskData, materials: np.ndarray) -> TaskData:
    """The values of these measured materials permuted, and far from what they were."""
    values = data.target.values.copy()
    values[materials] = 40 + np.roll(values[materials], 1)
    return replace(data, target=replace(data.target, values=values))


def test_inner_sides_share_out_the_training_side() -> None:
    one = problem(task_data(simulated=90))
    for trial in range(20):
        sides = inner_split(one, trial)
        parts = [*sides.train, *sides.test, *outer_test(one, trial)]
        assert sorted(parts) == list(range(50)), "a material is on one side only, and on one"
        assert (len(sides.train), len(sides.test)) == (32, 8)


@pytest.mark.parametrize("trial", TRIALS)
def test_test_values_change_nothing(trial: int) -> None:
    data = task_data(simulated=90)
    training = Training(hidden=(8,), max_epochs=3)
    tested = outer_test(problem(data), trial)
    own = errors(data, training)[trial]
    assert errors(changed(data, tested), training)[trial] == own
    learned = inner_split(problem(data), trial).train
    assert errors(changed(data, learned), training)[trial] != own, "the training side must matter"


def errors(data: TaskData, training: Training) -> list[float]:
    return [one.mae for one in inner_errors(problem(data), training, TRIALS, N)]


def test_direct_learning_sees_no_simulation() -> None:
    data, training = task_data(simulated=90), Training(hidden=(8,), max_epochs=3)
    other = replace(data, source=replace(data.source, values=data.source.values[::-1].copy()))
    own = inner_errors(problem(data), training, TRIALS, 0)
    assert own == inner_errors(problem(other), training, TRIALS, 0)
    assert own != inner_errors(problem(data), training, TRIALS, N)
    deeper = replace(training, frozen=len(training.hidden) + 1)  # which transfer would refuse
    assert own == inner_errors(problem(data), deeper, TRIALS, 0)


def test_a_trial_does_not_depend_on_its_company() -> None:
    one, training = problem(task_data(simulated=90)), Training(hidden=(8,), max_epochs=3)
    together = inner_errors(one, training, [0, 1, 2], N)
    assert together == [inner_errors(one, training, [trial], N)[0] for trial in TRIALS]


def test_a_trial_of_pairs_does_not_depend_on_its_company() -> None:
    """Pairs have different numbers of samples, and so have trials; neither order nor worker may show in the bits."""
    task = pairs_task()
    one = Problem.of("density", task, 11, pairs_data())
    together = inner_errors(one, task.training, [0, 1, 2], N)
    assert together == [inner_errors(one, task.training, [trial], N)[0] for trial in TRIALS]


def test_held_out_groups_leave_as_many_materials_to_any_number_of_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    data, found = prepared_data(simulated=90, split="class").ready(), []
    task = settings(split="class", max_epochs=3, hidden=[8]).tasks["density"]
    one = Problem.of("density", task, 11, data)
    assert len({len(inner_split(one, trial).train) for trial in TRIALS}) > 1
    for workers in ("1", "2"):
        monkeypatch.setenv("SIMWORTH_WORKERS", workers)
        with Evaluator("density", task, 11, {task.descriptors: data}) as evaluate:
            found.append(evaluate(task, TRIALS, N))
    assert found[0] == found[1]


def test_what_diverges_is_a_failure_with_a_reason() -> None:
    one, training = problem(task_data(simulated=90)), Training(hidden=(8,), max_epochs=3, learning_rate=1e30)
    for error in inner_errors(one, training, [0, 1], N):
        assert np.isnan(error.mae) and error.reason


def test_pairs_learn_both_kinds_at_once_and_lambda_matters() -> None:
    data = task_data(simulated=90)
    source, target = (
        replace(side, rows=np.column_stack([side.rows, np.roll(side.rows, 1)])) for side in (data.source, data.target)
    )
    plain = problem(data)
    task = replace(plain.task, learning="multitask")
    one = Problem.of("density", task, 11, replace(data, source=source, target=target))
    half, none = (Training(hidden=(8, 4), head=4, max_epochs=3, simulated_weight=share) for share in (0.5, 0.0))
    errors = [inner_errors(one, training, TRIALS, N) for training in (half, none)]
    assert all(not error.reason for found in errors for error in found)
    assert errors[0] != errors[1]
