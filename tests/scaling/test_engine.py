"""The optimiser and the regions, against brute force and other people's code."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import optimize

from simworth.scaling import fit_power_law
from simworth.scaling.fit import fit_curves, objective
from simworth.scaling.inputs import read_points
from simworth.scaling.laws import Law, Parameter, exponent
from simworth.scaling.noise import noise_of
from simworth.scaling.varpro import extremes, solve
from tests.scaling.designs import TRUTH, WIDE, Array, noisy_curves, sizes


@pytest.mark.parametrize("p", [2, 3])
def test_non_negative_least_squares(p: int) -> None:
    rng = np.random.default_rng(p)
    columns = [rng.random((5, 7, 9)) for _ in range(p)]
    y = rng.standard_normal((5, 1, 9)) + 0.3
    ours = solve(columns, y)
    for i in np.ndindex(5, 7):
        coef, norm = optimize.nnls(np.stack([c[i] for c in columns], axis=1), y[i[0], 0])
        np.testing.assert_allclose(ours.coef[i], coef, atol=1e-8)
        assert ours.rss[i] == pytest.approx(norm**2)


def least(matrix: Array, target: Array, limit: float, weights: Array) -> float:
    """Least weights @ x over {x >= 0, |target - matrix @ x|^2 <= limit}, by scipy from several starts inside."""
    rule = {"type": "ineq", "fun": lambda x: limit - np.sum((target - matrix @ x) ** 2)}
    inside = optimize.nnls(matrix, target)[0]
    starts = [inside + shift for shift in np.random.default_rng(0).random((5, inside.size)) * 0.05]
    found = [optimize.minimize(lambda x: weights @ x, x, bounds=[(0, None)] * x.size, constraints=rule) for x in starts]
    return min(float(f.fun) for f in found if f.success)


@pytest.mark.parametrize("p", [2, 3])
def test_extremes_over_the_ellipsoid(p: int) -> None:
    rng = np.random.default_rng(10 + p)
    for _ in range(12):
        columns = [rng.random((1, 1, 8)) for _ in range(p)]
        y = np.asarray(sum(columns)) * rng.uniform(0, 1) + 0.2 * rng.standard_normal((1, 1, 8))
        matrix, weights = np.stack([c[0, 0] for c in columns], axis=1), rng.standard_normal(p)
        solution = solve(columns, y)
        limit = solution.rss + 0.3
        low, high = extremes(solution.faces, [np.array([[w]]) for w in weights], limit)
        assert low[0, 0] == pytest.approx(least(matrix, y[0, 0], limit[0, 0], weights), abs=1e-4)
        assert high[0, 0] == pytest.approx(-least(matrix, y[0, 0], limit[0, 0], -weights), abs=1e-4)


def additive_columns(shape: list[Array], log_sizes: list[Array]) -> list[Array]:
    first, second = (np.exp(-one * log_size) for one, log_size in zip(shape, log_sizes, strict=True))
    return [first + 0 * second, second + 0 * first, np.ones_like(first + second)]


CHINCHILLA = Law(
    "additive",
    "A N^-a + B D^-b + E",
    (Parameter("A", "of N"), Parameter("B", "of D"), Parameter("E", "what is left")),
    (exponent("a", "of N"), exponent("b", "of D")),
    additive_columns,
    ("N", "D"),
)
"""L = E + A N^-a + B D^-b (Besiroglu et al. 2024, arXiv 2404.10102): a law of somebody else's, for the same engine"""


def test_best_of_many_starts_on_a_law_with_bad_optima() -> None:
    """240 points like Chinchilla's: the search ends at or below the best of 24 random starts of a general optimiser."""
    rng = np.random.default_rng(50)
    log_n, log_d = np.log(10) * rng.uniform(7.7, 10.2, 240), np.log(10) * rng.uniform(9, 11.5, 240)
    loss = 1.81724 + 477.84 * np.exp(-0.34731 * log_n) + 2143.9 * np.exp(-0.36718 * log_d)
    loss *= np.exp(0.01 * rng.standard_normal(240))
    fits = fit_curves(CHINCHILLA, read_points(np.exp(log_n), np.exp(log_d), loss))
    ours = objective(fits, fits.log_shapes[:, None], fits.weight).rss[0, 0]

    def misfit(theta: Array) -> float:
        log_a, log_b, e, a, b = theta
        fitted = np.exp(log_a - a * log_n) + np.exp(log_b - b * log_d) + e
        return float(np.sum(((loss - fitted) * fits.weight[0]) ** 2))

    starts = rng.uniform([0, 0, 0, 0.05, 0.05], [15, 15, 3, 1.5, 1.5], (24, 5))
    box = [(-20, 40), (-20, 40), (0, 10), (1e-3, 5), (1e-3, 5)]
    others = np.array([optimize.minimize(misfit, x, method="L-BFGS-B", bounds=box).fun for x in starts])
    assert ours <= others.min() * (1 + 1e-6)
    assert (others > 1.01 * ours).mean() > 0.3  # where it started decides where a general optimiser ends
    assert fits.shapes[0] == pytest.approx([0.347, 0.367], abs=0.03)


def test_the_usual_optimiser_is_lost_where_ours_is_not() -> None:
    """scipy's curve_fit from its default start runs off to absurd exponents on simulated curves."""
    n = sizes(WIDE)
    curves = noisy_curves(TRUTH, n, 0.03, 20, seed=51)
    for curve in curves:
        law = fit_power_law(n, curve)
        weight = 1 / law(n)

        def misfit(theta: Array, curve: Array = curve, weight: Array = weight) -> Array:
            return (theta[0] * (n / 1000) ** -theta[1] + theta[2] - curve) * weight

        theta = (law.D * 1000**-law.alpha, law.alpha, law.C)
        polished = optimize.least_squares(misfit, theta, bounds=([0, 1e-3, 0], [np.inf, 5, np.inf]), xtol=1e-14)
        assert np.sum(misfit(np.array(theta)) ** 2) <= 2 * polished.cost * (1 + 1e-6)


def test_profile_interval_against_a_general_optimiser() -> None:
    """The bounds of alpha and C: where the constrained minimum of the objective rises by the limit."""
    n = sizes(WIDE)
    law = fit_power_law(n, noisy_curves(TRUTH, n, 0.02, 1, seed=52)[0])
    assert law.fits is not None
    noise, y = noise_of(law.fits, "points"), law.fits.curves.mean[0]
    limit = float(noise.limit(np.array([[0.0, 0.0, 1.0]]), 0.9)[0] * noise.across[0])

    def misfit(theta: Array, name: str, held: float) -> Array:
        values = dict(zip((k for k in ("D", "alpha", "C") if k != name), theta, strict=True)) | {name: held}
        return (values["D"] * (n / 1000) ** -values["alpha"] + values["C"] - y) * law.fits.weight[0]

    start = {"D": law.D * 1000**-law.alpha, "alpha": law.alpha, "C": law.C}
    least = float(np.sum(misfit(np.array([start["D"], start["C"]]), "alpha", law.alpha) ** 2))
    for name in ("alpha", "C"):
        free = [value for key, value in start.items() if key != name]
        for end in law.interval(name):
            found = optimize.least_squares(misfit, free, args=(name, end), bounds=(0, np.inf), xtol=1e-14)
            assert 2 * found.cost - least == pytest.approx(limit, rel=0.02), (name, end)


def test_exponent_at_its_bound_is_reported() -> None:
    n = sizes(WIDE)
    law = fit_power_law(n, np.where(n < 150, 2.0, 1.0) * (1 + 1e-3 * np.sin(np.arange(10))))
    assert "alpha" in law.diagnostics["bounds_hit"]
    assert law.interval("alpha")[1] == np.inf
