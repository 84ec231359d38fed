"""Splits hold groups out whole; orders of simulations see no test label; default tasks keep their shards' names."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from simworth.config import load_settings
from simworth.errors import SimworthError
from simworth.prepare.records import Prepared
from simworth.prepare.splits import SPLITS
from simworth.sweep.compute import compute
from simworth.sweep.orders import ORDERS, coverage_order
from simworth.sweep.plan import plan
from simworth.sweep.problem import Problem
from simworth.sweep.shards import Shard, task_digest
from simworth.tuning.inner import inner_split

from .test_prepare import clean, features, load, pair_tables, settings, whole

ROOT = Path(__file__).parents[2]


def unequal_pairs() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Polymers with one to eight measured solvents."""
    source, target, table = pair_tables()
    few = target["partner"].str.len() <= target["structure"].str.len() - 2
    return source, target[few], table


@pytest.mark.parametrize(("split", "column"), [("polymer", 0), ("solvent", 1)])
def test_no_group_stands_on_both_sides_of_a_trial(split: str, column: int) -> None:
    given = settings(learning="multitask", split=split, test_fraction=0.1)
    data = load(given, *unequal_pairs())
    planned, problem = plan(given.tasks["task"], data), Problem.of("task", given.tasks["task"], 1, data)
    held = set()
    for trial in range(20):
        sides = problem.split(trial)
        test, train = ({data.target.items[k].split("|")[column] for k in side} for side in (sides.test, sides.train))
        assert not test & train and len(sides.train) == planned.m
        inner = inner_split(problem, trial)
        labels = np.array(data.groups)
        assert not set(labels[inner.test]) & set(labels[inner.train])
        held |= test
    assert len(held) > 3
    (result,) = compute(problem, [Shard("direct", 0, planned.m, 0)])
    assert (result.trials["status"] == "ok").all() and result.weights


def test_a_written_task_keeps_its_groups(tmp_path: Path) -> None:
    found = whole(settings(learning="multitask", split="polymer", test_fraction=0.1), *unequal_pairs())
    found.write(tmp_path)
    assert Prepared.read(tmp_path).ready().groups == found.ready().groups
    plain = whole(settings(learning="multitask", split="pair"), *unequal_pairs()).ready()
    assert plain.groups is None and plain.digest != found.ready().digest


def test_a_split_that_leaves_nothing_to_learn_from_says_so() -> None:
    structures = [f"S{k:03d}" for k in range(80)]
    rows = [(s, "", np.nan, k / 100) for k, s in enumerate(structures)]
    target = clean("experiment", rows[:20]).assign(material_class="all alike")
    record = whole(settings(split="class"), clean("simulation", rows), target, features(structures)).record
    assert record.status == "waiting" and "'all alike' holds 20 of 20 measured materials" in record.reason
    with pytest.raises(SimworthError, match="split 'solvent': materials are no polymer-solvent pairs"):
        whole(settings(split="solvent"), clean("simulation", rows), target, features(structures))
    with pytest.raises(SimworthError, match="no split 'clas'; did you mean 'class'"):
        whole(settings(split="clas"), clean("simulation", rows), target, features(structures))
    assert {"material", "pair", "polymer", "solvent", "class", "cluster"} <= set(SPLITS)


def test_neighbours_are_held_out_together() -> None:
    structures = [f"S{k:03d}" for k in range(80)]
    rows = [(s, "", np.nan, k / 100) for k, s in enumerate(structures)]
    table = features(structures)
    table["made-up:000"] = table["made-up:000"] / 100 + np.arange(80) % 4
    table["made-up:001"] = table["made-up:000"]
    data = load(
        settings(split="cluster", test_fraction=0.1), clean("simulation", rows), clean("experiment", rows[:36]), table
    )
    assert data.groups is not None and 4 <= len(set(data.groups)) <= 6
    assert {
        int(item[1:]) % 4 for item, group in zip(data.target.items, data.groups, strict=True) if group == "S000"
    } == {0}


def test_new_settings_rename_no_shard_of_a_default_task() -> None:
    tasks = load_settings(ROOT / "params.yaml").tasks
    chi = tasks["chi"]
    assert task_digest(1, chi, "d") == task_digest(1, replace(chi, split="pair", like="density"), "d")
    assert task_digest(1, chi, "d") != task_digest(1, tasks["chi_new_polymers"], "d")
    assert tasks["chi_new_polymers"] == replace(chi, split="polymer", like="chi", surface=None)


@pytest.mark.parametrize("name", ["nearest", "farthest", "proposed", "random"])
def test_permuted_test_labels_change_no_order(name: str) -> None:
    structures = [f"S{k:03d}" for k in range(120)]
    rows = [(s, "", np.nan, k / 100) for k, s in enumerate(structures)]
    given = settings(source_order=name)
    data = load(given, clean("simulation", rows[:90]), clean("experiment", rows[80:]), features(structures))
    problem = Problem.of("task", given.tasks["task"], 1, data)
    before = problem.split(3)
    values = data.target.values.copy()
    values[before.test] = values[before.test][::-1]
    changed = replace(data, target=replace(data.target, values=values))
    after = Problem.of("task", given.tasks["task"], 1, changed).split(3)
    np.testing.assert_array_equal(before.source, after.source)
    assert sorted(before.source) == list(range(90)) and name in ORDERS


def test_proposals_cover_what_is_wanted_and_are_diverse() -> None:
    """Two wanted places and a crowd of candidates at one of them: the first picks serve both, noise comes last."""
    rng = np.random.default_rng(1)
    wanted = np.array([[0.0, 0.0], [10.0, 0.0]])
    crowd, few, far = (rng.normal(at, 0.3, (count, 2)) for at, count in (((0, 0), 60), ((10, 0), 6), ((0, 40), 60)))
    found = coverage_order(np.vstack([crowd, few, far]), wanted)
    first = np.argsort(found.rank)[:6]
    assert (first < 60).any() and ((first >= 60) & (first < 66)).any() and (found.rank[66:] >= 60).all()
    again = coverage_order(np.vstack([crowd, few, far]), wanted, there=rng.normal(0, 0.3, (50, 2)))
    assert set(np.argsort(again.rank)[:2]) <= set(range(60, 66)), "what is covered already needs no more"
