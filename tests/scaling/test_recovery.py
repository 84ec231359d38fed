"""Planted laws are recovered as well as the data allow, and the intervals hold what they promise."""

from __future__ import annotations

import numpy as np
import pytest

from simworth.scaling import PowerLaw, fit_many, fit_power_law
from tests.scaling.designs import NARROW, NO_GAP, TRUTH, WIDE, covers, noisy_curves, sizes, trial_curves

RUNS = 2_000
CELLS = [(NARROW, 0.03, 0.140), (NARROW, 0.005, 0.040), (WIDE, 0.03, 0.058), (WIDE, 0.005, 0.010)]


@pytest.mark.parametrize(("span", "noise", "most"), CELLS)
def test_forecast_ten_times_beyond(span: tuple[float, float], noise: float, most: float) -> None:
    n = sizes(span)
    laws = fit_many(n, noisy_curves(TRUTH, n, noise, RUNS, seed=11))
    beyond = 10 * span[1]
    assert np.sqrt(np.mean(np.log(laws(beyond) / TRUTH(beyond)) ** 2)) <= most


@pytest.mark.parametrize(("span", "noise", "_most"), CELLS)
def test_intervals_cover_the_truth(span: tuple[float, float], noise: float, _most: float) -> None:
    n = sizes(span)
    laws = fit_many(n, noisy_curves(TRUTH, n, noise, RUNS, seed=12))
    for name in ("D", "alpha", "C"):
        assert 0.86 <= covers(*laws.interval(name), getattr(TRUTH, name)) <= 0.95, name
    beyond = 10 * span[1]
    _, low, high = laws.predict(beyond, method="model")
    assert 0.86 <= covers(low, high, TRUTH(beyond)) <= 0.95


@pytest.mark.parametrize(("span", "noise", "_most"), CELLS)
def test_intervals_cover_where_there_is_no_gap(span: tuple[float, float], noise: float, _most: float) -> None:
    n = sizes(span)
    laws = fit_many(n, noisy_curves(NO_GAP, n, noise, RUNS, seed=13))
    for name in ("D", "alpha", "C"):
        assert 0.88 <= covers(*laws.interval(name), getattr(NO_GAP, name)) <= 0.975, name
    beyond = 10 * span[1]
    _, low, high = laws.predict(beyond, method="model")
    assert 0.88 <= covers(low, high, NO_GAP(beyond)) <= 0.975


def test_required_n_covers() -> None:
    n = sizes(WIDE)
    laws = fit_many(n, noisy_curves(TRUTH, n, 0.01, 500, seed=14))
    value, low, high = laws.required_n(TRUTH(300_000.0))
    assert (low <= value).all() and (value <= high).all()
    assert 0.86 <= covers(low, high, 300_000.0) <= 0.94


@pytest.mark.parametrize("span", [NARROW, WIDE])
def test_intervals_hold_with_variation_between_points_that_trials_do_not_see(span: tuple[float, float]) -> None:
    n = sizes(span)
    laws = fit_many(n, trial_curves(TRUTH, n, 100, spread=0.1, between=0.03, common=0.0, runs=RUNS, seed=15))
    for name in ("D", "alpha", "C"):
        assert 0.85 <= covers(*laws.interval(name), getattr(TRUTH, name)) <= 0.96, name


@pytest.mark.parametrize(("trials", "common"), [(100, 0.0), (30, 0.8)])
def test_intervals_hold_where_trials_tell_all(trials: int, common: float) -> None:
    n = sizes(WIDE)
    laws = fit_many(n, trial_curves(TRUTH, n, trials, spread=0.1, between=0.0, common=common, runs=RUNS, seed=17))
    for name in ("D", "alpha", "C"):
        assert 0.86 <= covers(*laws.interval(name), getattr(TRUTH, name)) <= 0.96, name


def test_what_cannot_be_identified_is_not() -> None:
    """n from 100 to 1,000 and 3 % noise."""
    n = sizes(NARROW)
    gaps = [fit_power_law(n, errors).gap for errors in noisy_curves(TRUTH, n, 0.03, 300, seed=18)]
    assert np.mean([gap == "identified" for gap in gaps]) <= 0.02
    wide = sizes(WIDE)
    seen = [fit_power_law(wide, errors).gap for errors in noisy_curves(TRUTH, wide, 0.01, 100, seed=18)]
    assert np.mean([gap == "identified" for gap in seen]) >= 0.98


@pytest.mark.parametrize(
    "law", [TRUTH, NO_GAP, PowerLaw(3.0, 0.8, 0.1), PowerLaw(0.0684, 0.0145, 0.0), PowerLaw(9, 2, 1)]
)
def test_exact_curves_are_recovered(law: PowerLaw) -> None:
    n = sizes(WIDE)
    fitted = fit_power_law(n, law(n))
    assert fitted.alpha == pytest.approx(law.alpha, rel=1e-4)
    assert pytest.approx(law.D, rel=1e-3) == fitted.D
    assert pytest.approx(law.C, abs=1e-4 * law(n[-1])) == fitted.C
    np.testing.assert_allclose(fitted(n), law(n), rtol=1e-6)


def test_one_curve_is_the_case_of_many() -> None:
    n = sizes(WIDE)
    curves = noisy_curves(TRUTH, n, 0.03, 20, seed=19)
    many = fit_many(n, curves)
    for i in (0, 7, 19):
        one = fit_power_law(n, curves[i])
        assert (one.D, one.alpha, one.C) == pytest.approx((many.D[i], many.alpha[i], many.C[i]), rel=1e-9)
        assert one.interval("C") == pytest.approx([end[i] for end in many.interval("C")], rel=1e-6)
        assert many[i].interval("C") == pytest.approx(one.interval("C"), rel=1e-6)


def test_fewer_trials_weigh_less() -> None:
    """The last three sizes have 3 of 60 trials: the weights must know, or their noise rules the fit."""
    n, rng = sizes(WIDE), np.random.default_rng(21)
    curves = np.ma.array(TRUTH(n) * (1 + 0.2 * rng.standard_normal((200, 60, n.size))))
    without = fit_many(n[:7], curves[:, :, :7]).alpha
    curves[:, 3:, 7:] = np.ma.masked
    weighted = fit_many(n, curves)
    blind = fit_many(n, np.asarray(curves.mean(axis=1)))
    spread = {
        name: np.std(alpha - TRUTH.alpha) for name, alpha in (("weighted", weighted.alpha), ("blind", blind.alpha))
    }
    assert spread["weighted"] < 0.9 * spread["blind"]
    assert spread["weighted"] < np.std(without - TRUTH.alpha)
    assert covers(*weighted.interval("alpha"), TRUTH.alpha) >= 0.84
