"""What must hold of any fit, whatever the errors."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from simworth.scaling import PowerLaw, fit_many, fit_power_law

COMMON = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])

exponents = st.floats(0.05, 1.5)
gaps = st.floats(0.0, 1.0)
factors = st.floats(1e-6, 1e6)
noise = arrays(float, (8,), elements=st.integers(-50, 50).map(lambda i: i / 1000))


def curve(alpha: float, gap: float, wobble: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """n and errors that fall by a known law with some wobble."""
    n = np.geomspace(100, 20_000, wobble.size)
    return n, ((n / 100) ** -alpha + gap) * (1 + wobble)


def close(one: PowerLaw, other: PowerLaw, n: np.ndarray, errors: float = 1.0, sizes: float = 1.0) -> None:
    """`other` is `one` with errors and n scaled by the factors: as curves, and in alpha where it is identified."""
    scale = one(n).max()
    np.testing.assert_allclose(other(n * sizes) / errors, one(n), atol=1e-5 * scale)


@COMMON
@given(exponents, gaps, noise, factors)
def test_errors_times_k(alpha: float, gap: float, wobble: np.ndarray, k: float) -> None:
    n, errors = curve(alpha, gap, wobble)
    one, other = fit_power_law(n, errors), fit_power_law(n, k * errors)
    assert other.alpha == pytest.approx(one.alpha, rel=1e-4)
    assert pytest.approx(k * one.D, rel=1e-3) == other.D
    assert pytest.approx(k * one.C, rel=1e-3, abs=1e-4 * k * errors.min()) == other.C
    ends, scaled = np.array(one.interval("C")), np.array(other.interval("C"))
    np.testing.assert_allclose(scaled, k * ends, rtol=1e-2, atol=1e-3 * k * errors.min())
    assert other.verdict == one.verdict


@COMMON
@given(exponents, gaps, noise, factors)
def test_n_times_k(alpha: float, gap: float, wobble: np.ndarray, k: float) -> None:
    n, errors = curve(alpha, gap, wobble)
    one, other = fit_power_law(n, errors), fit_power_law(k * n, errors)
    close(one, other, n, sizes=k)
    assert other.alpha == pytest.approx(one.alpha, rel=1e-4)
    assert pytest.approx(one.C, rel=1e-3, abs=1e-4 * errors.min()) == other.C
    assert pytest.approx(one.D * k**one.alpha, rel=2e-2) == other.D


@COMMON
@given(exponents, gaps, noise, st.permutations(range(8)))
def test_order_does_not_matter(alpha: float, gap: float, wobble: np.ndarray, order: list[int]) -> None:
    n, errors = curve(alpha, gap, wobble)
    one, other = fit_power_law(n, errors), fit_power_law(n[order], errors[order])
    assert (other.D, other.alpha, other.C) == (one.D, one.alpha, one.C)
    trials = errors * np.random.default_rng(0).uniform(0.8, 1.2, (6, 8))
    rows = np.random.default_rng(1).permutation(6)
    shuffled = fit_power_law(n[order], trials[rows][:, order])
    straight = fit_power_law(n, trials)
    assert shuffled.alpha == pytest.approx(straight.alpha, rel=1e-6)
    assert shuffled.interval("alpha") == pytest.approx(straight.interval("alpha"), rel=1e-3)


@COMMON
@given(exponents, gaps, noise, st.sets(st.integers(0, 7), max_size=3), st.sets(st.integers(0, 5), max_size=3))
def test_masked_is_left_out(alpha: float, gap: float, wobble: np.ndarray, points: set[int], trials: set[int]) -> None:
    n, errors = curve(alpha, gap, wobble)
    kept = [i for i in range(8) if i not in points]
    rows = [t for t in range(6) if t not in trials]
    values = errors * np.random.default_rng(2).uniform(0.8, 1.2, (6, 8))
    masked = np.ma.array(values)
    masked[:, sorted(points)] = np.ma.masked
    masked[sorted(trials)] = np.ma.masked
    masked.data[masked.mask] = np.nan
    one, other = fit_power_law(n[kept], values[rows][:, kept]), fit_power_law(n, masked)
    close(one, other, n[kept])
    assert other.alpha == pytest.approx(one.alpha, rel=1e-4)
    assert other.interval("C") == pytest.approx(one.interval("C"), rel=2e-2, abs=1e-3 * errors.min())


@COMMON
@example(np.array([227, 0.25, 1, 1, 1, 1, 1]))
@given(arrays(float, (7,), elements=st.floats(1e-3, 1e3)))
@example(np.array([1.0, *[1 / 256] * 6]))  # an exponential decay through the first point alone ends at 0
def test_any_positive_curve_is_answered(errors: np.ndarray) -> None:
    """However wild the errors: finite coefficients, ordered intervals that hold them, words from the list."""
    n = np.geomspace(100, 1e5, 7)
    law = fit_power_law(n, errors)
    for name in ("D", "alpha", "C"):
        low, high = law.interval(name)
        assert 0 <= low <= getattr(law, name) <= high, name
    for method in ("model", "drift"):
        value, low, high = law.predict([10, 1e3, 1e7], method=method)
        assert (low <= value * (1 + 1e-9)).all()
        assert (value <= high * (1 + 1e-9)).all()
    assert law.verdict in ("scaling", "saturated", "not scaling", "harm", "inconclusive")
    assert law.gap in ("identified", "upper bound", "not identified")
    value, low, high = law.required_n(float(errors.min()) / 2)
    assert low <= value <= high


@COMMON
@given(noise, st.floats(0.5, 0.98))
def test_higher_levels_are_wider(wobble: np.ndarray, level: float) -> None:
    n, errors = curve(0.4, 0.3, wobble)
    law = fit_power_law(n, errors)
    (low, high), (lower, higher) = law.interval("C", level), law.interval("C", (1 + level) / 2)
    slack = 1e-3 * (higher - lower)
    assert lower <= low + slack
    assert high <= higher + slack


def test_drift_is_wider_than_the_form_beyond_the_data_and_below_it() -> None:
    n = np.geomspace(100, 1e4, 9)
    curves = (n**-0.4 + 0.02) * (1 + 0.05 * np.random.default_rng(3).standard_normal((20, 9)))
    width = np.log(np.divide(*fit_many(n, curves).predict([10, 1e3, 1e5])[:0:-1]))
    assert (width[:, 0] > width[:, 1]).all()
    assert (width[:, 2] > width[:, 1]).all()
