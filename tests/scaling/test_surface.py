"""The n x m surface: recovered, with intervals, gradients, equivalent samples, indifference curves and plans."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from simworth.scaling import PowerLaw, ScalingWarning, Surface, equivalent_samples, fit_power_law, fit_surface
from tests.scaling.designs import Array, covers

TRUTH = Surface(A=0.338, alpha=0.265, B=0.0192, beta=0.239, eps=0.0535)
NAMES = ("A", "alpha", "B", "beta", "eps")


def grid(points_n: int = 8, points_m: int = 4, n_max: float = 70_000, m_min: float = 20) -> tuple[Array, Array]:
    n, m = np.meshgrid(np.geomspace(100, n_max, points_n), np.geomspace(m_min, 600, points_m))
    return n.ravel(), m.ravel()


def test_exact_surface_is_recovered() -> None:
    n, m = grid()
    surface = fit_surface(n, m, TRUTH.predict(n, m))
    for name in NAMES:
        assert getattr(surface, name) == pytest.approx(getattr(TRUTH, name), rel=1e-3), name
    assert surface.equivalent_samples(70_000, 600).value == pytest.approx(
        TRUTH.equivalent_samples(70_000, 600).value, rel=1e-3
    )


@pytest.mark.parametrize(("runs", "least"), [(70, 0.79), pytest.param(300, 0.86, marks=pytest.mark.soak)])
def test_intervals_cover(runs: int, least: float) -> None:
    (n, m), rng = grid(), np.random.default_rng(41)
    worth = TRUTH.equivalent_samples(70_000, 600).value
    ends: dict[str, list[tuple[float, float]]] = {name: [] for name in (*NAMES, "worth")}
    for _ in range(runs):
        surface = fit_surface(n, m, TRUTH.predict(n, m) * (1 + 0.01 * rng.standard_normal(n.size)))
        for name in NAMES:
            ends[name].append(surface.interval(name))
        ends["worth"].append(surface.equivalent_samples(70_000, 600)[1:])
    truth = {name: getattr(TRUTH, name) for name in NAMES} | {"worth": worth}
    for name, values in ends.items():
        low, high = np.array(values).T
        assert covers(low, high, truth[name]) >= least, name  # 90 %, less three standard errors
        assert covers(low, high, truth[name] * 1.5) < least, name


def test_trials_and_order_do_not_matter() -> None:
    (n, m), rng = grid(6, 3), np.random.default_rng(42)
    trials = TRUTH.predict(n, m) * (1 + 0.05 * rng.standard_normal((30, n.size)))
    order = rng.permutation(n.size)
    one, other = fit_surface(n, m, trials), fit_surface(n[order], m[order], trials[::-1][:, order])
    for name in NAMES:
        assert getattr(other, name) == pytest.approx(getattr(one, name), rel=1e-3, abs=1e-6), name
    assert one.over == ("trials",)
    assert one.diagnostics["reduced_chi2"] == pytest.approx(1.0, abs=0.8)


def test_warnings() -> None:
    n, m = grid(8, 2)
    with pytest.warns(ScalingWarning, match="2 sizes of m"):
        fit_surface(n, m, TRUTH.predict(n, m))
    n, m = grid(8, 4, n_max=500)
    with pytest.warns(ScalingWarning, match=r"n spans 0\.70 decades"):
        fit_surface(n, m, TRUTH.predict(n, m))


def test_indifference_curve_has_one_error() -> None:
    n = np.geomspace(100, 1e5, 7)
    np.testing.assert_allclose(TRUTH.predict(n, TRUTH.indifference(0.07, n)), 0.07)
    assert np.isinf(TRUTH.indifference(0.05, n)).all()


@pytest.mark.parametrize(
    ("price", "budget"), [((1.0, 100.0), 2_000.0), ((1.0, 3_000.0), 9_000.0), ((50.0, 100.0), 2_000.0)]
)
def test_allocation_is_the_best_there_is(price: tuple[float, float], budget: float) -> None:
    n, m = 500.0, 40.0
    dn, dm = TRUTH.allocate(budget, *price, n, m)
    best = min(
        TRUTH.predict(n + int((budget - k * price[1]) // price[0]), m + k) for k in range(int(budget // price[1]) + 1)
    )
    assert dn * price[0] + dm * price[1] <= budget
    assert TRUTH.predict(n + dn, m + dm) == pytest.approx(best, rel=1e-9)


def test_a_plan_ends_no_worse_than_any_other_order() -> None:
    """Three budgets ahead, against every split of each budget into sevenths."""
    start, price, budget = (300.0, 30.0), (1.0, 60.0), 420.0
    path = TRUTH.plan(budget, *price, *start, steps=3)
    assert [step.cost <= budget for step in path] == [True] * 3
    assert path[0].error > path[1].error > path[2].error
    others = [
        TRUTH.predict(start[0] + sum(420 - 60 * k for k in split), start[1] + sum(split))
        for split in itertools.product(range(8), repeat=3)
    ]
    assert path[-1].error <= min(others) * (1 + 1e-9)


def test_a_budget_of_a_billion_units_is_split_about_the_best_split() -> None:
    """Only numbers near it are tried: one number a unit would take 8 GB. By hand: with no gap B, dR/dn = dR/dm."""
    surface = Surface(A=1.0, alpha=0.4, B=0.0, beta=0.2, eps=0.0)
    dn, dm = surface.allocate(1e9, 1.0, 1.0, 300.0, 30.0)
    assert dn + dm == 1_000_000_000
    assert (300 + dn) / (30 + dm) == pytest.approx(2.0, rel=1e-3), "as alpha to beta"


def test_a_budget_too_small_buys_nothing_and_a_bad_one_is_refused() -> None:
    assert TRUTH.allocate(10.0, 20.0, 500.0, 300, 30) == (0, 0)
    with pytest.raises(ValueError, match="budget: must be finite and positive, got -1"):
        TRUTH.allocate(-1, 1, 1, 300, 30)
    with pytest.raises(ValueError, match="steps: must be a whole number"):
        TRUTH.plan(10, 1, 1, 300, 30, steps=0)


def test_equivalent_samples_from_two_laws_cover() -> None:
    law_n, law_m = PowerLaw(0.7, 0.3, 0.05), PowerLaw(0.9, 0.25, 0.02)
    n, m = np.geomspace(100, 70_000, 10), np.geomspace(20, 600, 10)
    worth, rng, ends = equivalent_samples(law_n, law_m, 70_000, 600).value, np.random.default_rng(43), []
    for _ in range(200):
        fits = (fit_power_law(x, law(x) * (1 + 0.01 * rng.standard_normal(10))) for x, law in ((n, law_n), (m, law_m)))
        value, low, high = equivalent_samples(*fits, 70_000, 600)
        assert low <= value <= high
        ends.append((low, high))
    low, high = np.array(ends).T
    assert 0.83 <= covers(low, high, worth) <= 0.97


def test_experiments_that_gain_nothing_are_worth_nothing() -> None:
    """Error 0.7 n^-0.3 + 0.05 at every m: the exponent of m stops at its bound, which is 0, not a slow fall."""
    n, m = grid()
    truth = PowerLaw(0.7, 0.3, 0.05)
    for seed in range(5):
        errors = truth(n) * (1 + 0.01 * np.random.default_rng([45, seed]).standard_normal(n.size))
        surface = fit_surface(n, m, errors)
        value, low, high = surface.equivalent_samples(70_000, 600)
        assert low == 0.0 <= value <= high
    exact = fit_surface(n, m, truth(n))
    assert exact.equivalent_samples(70_000, 600)[:2] == (0.0, 0.0)
    assert exact.gradient(70_000, 600)[1] == 0.0


def test_a_budget_is_spent() -> None:
    """Nothing that could still be bought is left, whichever is the dearer."""
    surface = Surface(A=0.9, alpha=0.35, B=0.05, beta=0.3, eps=0.02)
    for price in ((528.39, 107.91), (107.91, 528.39)):
        for budget in (2_009.0, 760.0, 31_234.5):
            dn, dm = surface.allocate(budget, *price, 300.0, 30.0)
            left = budget - dn * price[0] - dm * price[1]
            assert 0 <= left < min(price), (price, budget, dn, dm)
