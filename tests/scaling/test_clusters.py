"""Weights and clusters of materials: pairs of few polymers, a single material, and materials tested unevenly."""

from __future__ import annotations

import numpy as np
import pytest

from simworth.scaling import Replicates, fit_power_law
from simworth.scaling.clusters import Cells
from tests.scaling.designs import TRUTH, WIDE, Array, planted_materials, sizes


def planted_pairs(n: Array, trials: int, polymers: int, rng: np.random.Generator) -> Replicates:
    """Errors of pairs, 1 to about 60 of a polymer, whose polymers have a D and a C of their own (spread 50 %)."""
    count = np.maximum(1, np.round(12 * np.exp(0.9 * rng.standard_normal(polymers) - 0.4))).astype(int)
    polymer = np.repeat(np.arange(polymers), count)
    own_d, own_c = np.exp(0.5 * rng.standard_normal((2, polymers)) - 0.125)[:, polymer]
    pair = np.exp(0.4 * rng.standard_normal(polymer.size) - 0.08)
    curve = (TRUTH.D * own_d * n[:, None] ** -TRUTH.alpha + TRUTH.C * own_c) * pair
    item = np.exp(0.3 * rng.standard_normal((trials, n.size, polymer.size)) - 0.045)
    rank = rng.random((trials, polymer.size)).argsort(axis=1).argsort(axis=1)
    out = np.broadcast_to((rank >= max(polymer.size // 5, 1))[:, None, :], item.shape)
    training = 1 + 0.05 * rng.standard_normal((trials, 1, 1))
    return Replicates(np.ma.array(curve * training * item, mask=out), 1.0, polymer)


@pytest.mark.parametrize(("runs", "slack"), [(60, 0.05), pytest.param(500, 0.0, marks=pytest.mark.soak)])
def test_pairs_of_polymers_of_unequal_size_are_covered(runs: int, slack: float) -> None:
    """Clusters that weigh as many pairs as they have; the sizes themselves are no noise."""
    n, hits, widths = sizes(WIDE, 8), {"error": [], "C": []}, []
    top = n[-1]
    for run in range(runs):
        law = fit_power_law(n, planted_pairs(n, 30, 46, np.random.default_rng([51, run])))
        _, low, high = law.predict(top, method="model")
        widths.append((high - low) / TRUTH(top))
        hits["error"].append(low <= TRUTH(top) <= high)
        low, high = law.interval("C")
        hits["C"].append(low <= TRUTH.C <= high)
    for name, found in hits.items():
        assert 0.86 - slack <= np.mean(found) <= 0.95 + slack, (name, np.mean(found))
    assert np.mean(widths) < 0.5  # 46 polymers of 50 % give about a third


def test_weights_are_measurements_of_a_material() -> None:
    """A material measured three times weighs as three that err alike and are drawn together."""
    n, rng = sizes(WIDE, 6), np.random.default_rng(52)
    errors = planted_materials(TRUTH, n, 20, 30, rng)
    times = rng.integers(1, 4, 30)
    weighted = fit_power_law(n, Replicates(errors, np.broadcast_to(times, errors.shape)))
    copied = fit_power_law(n, Replicates(np.ma.repeat(errors, times, axis=2), 1.0, np.repeat(np.arange(30), times)))
    assert pytest.approx(copied.C) == weighted.C
    for over in weighted.over:
        assert weighted.interval("C", over=over) == pytest.approx(copied.interval("C", over=over))


def test_a_material_counts_once_however_often_it_was_tested() -> None:
    """Which materials a trial tests moves the mean of trials, not the post-stratified one: half the variance."""
    squares = {"trials": 0.0, "materials": 0.0}
    own = np.exp(0.8 * np.random.default_rng(53).standard_normal(60))
    for run in range(200):
        rng = np.random.default_rng([54, run])
        out = rng.random((20, 60)).argsort(axis=1).argsort(axis=1) >= 12
        errors = np.ma.array(own * np.exp(0.3 * rng.standard_normal((20, 60)) - 0.045), mask=out)[:, None, :]
        squares["trials"] += float(errors.mean(axis=2).mean() - own.mean()) ** 2
        squares["materials"] += float(Cells.of(Replicates(errors)).mean[0] - own.mean()) ** 2
    assert squares["materials"] < 0.5 * squares["trials"]


def test_one_material_tells_nothing_of_the_choice_of_materials() -> None:
    n = sizes(WIDE)
    law = fit_power_law(n, planted_materials(TRUTH, n, 30, 80, np.random.default_rng(9)).data[:, :, :1])
    assert law.over == ("trials", "materials")
    assert law.interval("C") == (0.0, np.inf)
    assert law.interval("alpha") == (0.0, np.inf)
    value, low, high = law.predict(1e5, method="model")
    assert (low, high) == (0.0, np.inf) and np.isfinite(value)
    assert law.required_n(0.06)[1:] == (1.0, np.inf)
    assert (law.verdict, law.gap) == ("inconclusive", "not identified")
    low, high = law.interval("C", over="trials")
    assert low <= law.C <= high < 1


def test_no_material_is_refused() -> None:
    n = sizes(WIDE)
    with pytest.raises(ValueError, match="errors: must hold a measured material, got none"):
        fit_power_law(n, np.zeros((30, n.size, 0)))


@pytest.mark.parametrize(
    ("weights", "clusters", "message"),
    [
        (np.ones(3), None, r"weights: must match the errors' shape \(4, 6, 5\), got \(3,\)"),
        (0.0, None, "weights: must be finite and positive where errors are unmasked, got 0"),
        ("a", None, "weights: must be an array of numbers"),
        (1.0, [None, "a", "a", "b", "b"], "clusters: labels must be all texts or all numbers, got NoneType and str"),
        (1.0, [np.nan, 1, 1, 2, 2], "clusters: labels must be all texts or all numbers, got float, or NaN"),
        (np.zeros(5), None, "weights: must be finite and positive where errors are unmasked, got 0"),
        (1.0, ["a", "b"], r"clusters: one label a material, \(5,\), got shape \(2,\)"),
    ],
)
def test_weights_and_clusters_that_do_not_fit(weights, clusters, message: str) -> None:
    errors = np.ma.array(np.ones((4, 6, 5)))
    with pytest.raises(ValueError, match=message):
        fit_power_law(sizes(WIDE, 6), Replicates(errors, weights, clusters))
