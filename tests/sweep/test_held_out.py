"""Sides of a split: what must never change, and what must."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simworth.sweep.held_out import item_hashes, side_keys, split, test_count, trial_seed, validation_mask
from simworth.sweep.problem import Problem

from .planted import settings, task_data

test_count.__test__ = False  # type: ignore[attr-defined]  # not a test, whatever pytest thinks of its name

SIMULATED = [f"*C{'C' * k}*" for k in range(300)]
MEASURED = [f"*O{'C' * k}*" for k in range(83)]


def sides(simulated: list[str], measured: list[str], trial: int, seed: int = 7) -> tuple[list[str], set[str]]:
    seeds = trial_seed(seed, "radonpy|density", trial), trial_seed(seed, "polyinfo|density", trial)
    one = split((item_hashes(simulated), item_hashes(measured)), seeds, 0.2)
    return [simulated[k] for k in one.source], {measured[k] for k in one.test}


@given(st.integers(0, 40), st.sampled_from(SIMULATED))
def test_a_removed_simulation_moves_no_other(trial: int, gone: str) -> None:
    before, tested = sides(SIMULATED, MEASURED, trial)
    after, still_tested = sides([item for item in SIMULATED if item != gone], MEASURED, trial)
    assert after == [item for item in before if item != gone]
    assert tested == still_tested


@pytest.mark.parametrize("added", [1, 40])
def test_a_release_moves_few_old_measured_materials_and_all_in_one_direction(added: int) -> None:
    """What the module and the README say of the quota; 2 of 82 are moved when 40 are added."""
    moved = []
    for trial in range(300):
        _, before = sides(SIMULATED, MEASURED, trial)
        _, after = sides(SIMULATED, [*MEASURED, *(f"*N{'C' * k}*" for k in range(added))], trial)
        left, entered = before - after, (after & set(MEASURED)) - before
        assert not left or not entered
        moved.append(len(left | entered))
    old = len(MEASURED)
    assert 0 < np.mean(moved) < np.sqrt(0.16 * old * added / (old + added))
    assert max(moved) <= 8


@given(st.permutations(MEASURED), st.integers(0, 5))
def test_order_of_listing_does_not_matter(listed: list[str], trial: int) -> None:
    assert sides(SIMULATED, MEASURED, trial)[1] == sides(SIMULATED, listed, trial)[1]


def test_sizes_and_disjointness() -> None:
    one = split((item_hashes(SIMULATED), item_hashes(MEASURED)), (3, 4), 0.2)
    assert len(one.test) == 17  # ceil(0.2 * 83)
    assert sorted([*one.test, *one.train]) == list(range(83))
    assert sorted(one.source) == list(range(300))


@pytest.mark.parametrize(("measured", "tested"), [(766, 154), (10, 2), (11, 3), (607, 122)])
def test_published_sizes(measured: int, tested: int) -> None:
    """766 pairs leave m = 612, as in the study."""
    assert test_count(measured, 0.2) == tested


def test_every_material_is_tested_about_a_fifth_of_the_time() -> None:
    counts = np.zeros(len(MEASURED))
    for trial in range(400):
        tested = sides(SIMULATED[:1], MEASURED, trial)[1]
        counts += [item in tested for item in MEASURED]
    assert counts.min() / 400 > 0.12
    assert counts.max() / 400 < 0.29


def test_a_tested_material_that_is_simulated_comes_no_earlier_than_others() -> None:
    """With one hash for both roles, the first simulations of a trial would be the tested materials."""
    both = [*MEASURED, *SIMULATED]
    first = total = 0
    for trial in range(100):
        order, tested = sides(both, MEASURED, trial)
        first += len(tested & set(order[:38]))
        total += len(tested)
    assert abs(first / total - 38 / len(both)) < 0.03


def test_seeds_and_sides_differ() -> None:
    assert sides(SIMULATED, MEASURED, 0)[1] != sides(SIMULATED, MEASURED, 1)[1]
    assert sides(SIMULATED, MEASURED, 0)[1] != sides(SIMULATED, MEASURED, 0, seed=8)[1]
    assert len({trial_seed(1, key, trial) for key in "ab" for trial in range(1000)}) == 2000


def test_tasks_with_the_same_measurements_are_tested_on_the_same_materials() -> None:
    """Whatever their names, sources and descriptors; another property of the same database is drawn apart."""
    task = settings().tasks["density"]
    other = replace(task, source=replace(task.source, database="elsewhere"), source_order="nearest")
    assert side_keys(task)[1] == side_keys(other)[1]
    assert side_keys(task)[0] != side_keys(other)[0]
    assert side_keys(replace(task, target=replace(task.target, property="chi")))[1] != side_keys(task)[1]
    tested = []
    for name, simulated in (("density", 90), ("anything", 120)):
        problem = Problem.of(name, task, 11, task_data(simulated=simulated))
        tested.append([[problem.data.target.items[k] for k in problem.split(trial).test] for trial in range(5)])
    assert tested[0] == tested[1]


@given(st.integers(2, 500), st.floats(0.05, 0.5))
def test_validation_is_nested_and_of_the_right_size(count: int, fraction: float) -> None:
    mask = validation_mask(count, fraction)
    assert 1 <= mask.sum() <= max(1, np.ceil(count * fraction))
    assert not mask.all()
    longer = validation_mask(count + 50, fraction)
    if (longer[:count]).any():
        assert (longer[:count] == mask).all()
