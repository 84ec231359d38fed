"""Means of errors: the interval over materials covers their population, that over trials does not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from simworth.valuation.cube import clustered_mean, clusters_of, cube_of


def crossed(rng: np.random.Generator, materials: int = 60, trials: int = 30, between: float = 0.5) -> pd.DataFrame:
    own = np.exp(between * rng.standard_normal(materials) - between**2 / 2)
    rows = []
    for trial in range(trials):
        tested = rng.choice(materials, materials // 5, replace=False)
        noise = np.exp(0.3 * rng.standard_normal(len(tested)) - 0.3**2 / 2)
        rows.append(pd.DataFrame({"trial": trial, "item": tested, "error": own[tested] * noise}))
    table = pd.concat(rows, ignore_index=True)
    return table.assign(cluster=table["item"])


def test_population_mean_is_covered_only_when_materials_are() -> None:
    rng = np.random.default_rng(1)
    covered = {"over_materials": 0, "over_trials": 0}
    runs = 200
    for _ in range(runs):
        mean = clustered_mean(crossed(rng), 0.9)
        for kind in covered:
            interval = getattr(mean, kind)
            covered[kind] += interval.low <= 1.0 <= interval.high
    assert 0.85 <= covered["over_materials"] / runs <= 0.97
    assert covered["over_trials"] / runs < 0.75


def test_alike_materials_leave_the_trials_alone() -> None:
    mean = clustered_mean(crossed(np.random.default_rng(2), between=0.0), 0.9)
    wide, narrow = mean.over_materials, mean.over_trials
    assert wide.high - wide.low < 1.8 * (narrow.high - narrow.low)


def test_pairs_of_one_polymer_are_not_drawn_apart() -> None:
    """Polymers with an error of their own, each in many solvents: only clusters of polymers cover their population."""
    rng = np.random.default_rng(4)
    covered, runs = {"polymers": 0, "pairs": 0}, 150
    for _ in range(runs):
        own = np.exp(0.5 * rng.standard_normal(40) - 0.5**2 / 2)
        pairs = pd.DataFrame({"item": [f"*{p}*|{s}" for p in range(40) for s in range(8)], "own": np.repeat(own, 8)})
        parts = []
        for trial in range(10):
            tested = pairs.sample(64, random_state=rng)
            parts.append(tested.assign(trial=trial, error=tested["own"] * np.exp(0.2 * rng.standard_normal(64) - 0.02)))
        table = pd.concat(parts, ignore_index=True)
        for kind, clusters in (("polymers", clusters_of(table["item"])), ("pairs", table["item"])):
            interval = clustered_mean(table.assign(cluster=clusters), 0.9).over_materials
            covered[kind] += interval.low <= 1.0 <= interval.high
    assert 0.82 <= covered["polymers"] / runs <= 0.97
    assert covered["pairs"] / runs < 0.75


def test_a_material_that_is_no_pair_is_a_cluster_of_its_own() -> None:
    items = pd.Series(["*CC*|c1ccccc1", "*CC*|CO", "*CO*", "Bi2Te3"])
    assert clusters_of(items).tolist() == ["*CC*", "*CC*", "*CO*", "Bi2Te3"]
    assert clusters_of(items.iloc[:0]).empty


def test_a_material_counts_once_however_often_it_was_tested() -> None:
    table = pd.DataFrame({"trial": [0, 0, 1, 1], "item": list("abac"), "error": [1.0, 3.0, 2.0, 6.0]})
    assert clustered_mean(table.assign(cluster=table["item"]), 0.9).over_trials.value == pytest.approx(
        (1.5 + 3.0 + 6.0) / 3
    )


@pytest.mark.parametrize("column", ["trial", "cluster"])
def test_one_cluster_bounds_nothing(column: str) -> None:
    table = pd.DataFrame({"trial": [0, 1, 2], "item": list("abc"), "error": [1.0, 3.0, 6.0]})
    mean = clustered_mean(table.assign(cluster=table["item"]).assign(**{column: 0}), 0.9)
    assert np.isinf(mean.over_materials.low) and np.isinf(mean.over_materials.high)
    if column == "trial":
        assert np.isinf(mean.over_trials.low)


def test_the_mean_over_materials_is_the_trials_own() -> None:
    """Pairs at several temperatures: one material, several measurements."""
    rng = np.random.default_rng(5)
    rows = [
        (t, n, f"pair{i}", rng.exponential())
        for t in range(3)
        for n in (10, 20)
        for i in range(6)
        for _ in range(i + 1)
    ]
    table = pd.DataFrame(rows, columns=["trial", "n", "cluster", "error"])
    table["item"] = table["cluster"]
    cube = cube_of(table, "n")
    by_material = np.ma.average(cube.errors, axis=2, weights=cube.weights)
    assert np.allclose(by_material, table.groupby(["trial", "n"])["error"].mean().unstack().to_numpy())
    single = table.drop_duplicates(["trial", "n", "cluster"])
    assert np.array_equal(cube_of(single, "n").errors.compressed(), single["error"].to_numpy())
