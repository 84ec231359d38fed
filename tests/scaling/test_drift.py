"""The drifting law on planted truths: what it says of a doubling, and how often that is so."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from simworth.scaling import PowerLaw, fit_power_law
from simworth.scaling.drift import mixture_quantiles
from tests.scaling.designs import Array, fitted

N = np.unique(np.round(np.geomspace(100, 1_077, 10)))
WIDE = np.round(np.geomspace(100, 100_000, 10))
BRIEFLY, LONG = 40, pytest.param(200, marks=pytest.mark.soak)
Make = Callable[[Array, np.random.Generator], Array]
"""sizes (k,) -> (k, 80) mean errors of the materials"""


def planted(mean: Array, trials: int, rng: np.random.Generator) -> np.ma.MaskedArray:
    """(trials, n, 80) absolute errors about mean (n, 80); each trial tests 16 materials."""
    errors = mean * rng.gamma(4, 1 / 4, (trials, *mean.shape))
    rank = rng.random((trials, 80)).argsort(axis=1).argsort(axis=1)
    return np.ma.array(errors, mask=np.broadcast_to((rank >= 16)[:, None], errors.shape))


def falling(n: Array, rng: np.random.Generator) -> Array:
    d, c = rng.gamma(1.5, 1 / 1.5, (2, 80))
    return np.asarray(0.7 * d * n[:, None] ** -0.3 + 0.05 * c)


def level(n: Array, rng: np.random.Generator) -> Array:
    return np.tile(0.2 * rng.gamma(1.5, 1 / 1.5, 80), (n.size, 1))


def gains(make: Make, runs: int, n: Array = N, trials: int = 30) -> tuple[Array, Array]:
    """(runs,) ends of the gain of a doubling."""
    rng = np.random.default_rng(0)
    curves = (planted(make(n, rng), trials, rng) for _ in range(runs))
    found = [one.fall for laws in fitted(n, curves) for one in laws.gain(2.0)]
    return np.array([one.low for one in found]), np.array([one.high for one in found])


@pytest.mark.parametrize("runs", [BRIEFLY, LONG])
def test_a_doubling_surely_helps_where_it_does(runs: int) -> None:
    low, high = gains(falling, runs)
    assert (low > 0).mean() >= 0.75
    assert ((low <= 0.119) & (high >= 0.119)).mean() >= 0.87


@pytest.mark.parametrize("runs", [BRIEFLY, LONG])
def test_nothing_is_promised_where_the_error_stands_still(runs: int) -> None:
    low, high = gains(level, runs)
    assert (low > 0).mean() <= 0.05
    assert ((low <= 0) & (high >= 0)).mean() >= 0.87


@pytest.mark.parametrize("runs", [10, pytest.param(100, marks=pytest.mark.soak)])
def test_more_sizes_or_trials_make_no_interval_wider(runs: int) -> None:
    def width(sizes: int, trials: int) -> float:
        low, high = gains(falling, runs, np.geomspace(100, 1_077, sizes), trials)
        return float((high - low).mean())

    assert width(40, 30) <= width(20, 30) <= width(10, 30) <= width(10, 10)


def linear_world(n: Array, rng: np.random.Generator) -> Array:
    """Errors of 80 materials by a ridge regression on n simulations that 60 measurements pull to their own target; of
    infinitely many simulations what is left of them."""
    columns, most, scale = 40, int(n[np.isfinite(n)].max()), 1 / np.sqrt(np.arange(1, 41))
    target = rng.normal(size=columns) * scale
    source = target + 0.35 * rng.normal(size=columns) * scale
    (x, y), (z, v) = (
        (rows := rng.normal(size=(size, columns)) * scale, rows @ truth + noise * rng.normal(size=size))
        for size, truth, noise in ((most, source, 0.6), (60, target, 0.3))
    )
    tests = rng.normal(size=(80, columns)) * scale
    found = []
    for size in n:
        some = slice(None if np.isinf(size) else int(size))
        by_ridge = np.linalg.solve(x[some].T @ x[some] + 5 * np.eye(columns), x[some].T @ y[some])
        start = source if np.isinf(size) else by_ridge
        own = start + np.linalg.solve(z.T @ z + 20 * np.eye(columns), z.T @ (v - z @ start))
        found.append(np.abs(tests @ (own - target)) + 0.02)
    return np.array(found)


def spread(curve: Callable[[Array], Array]) -> Make:
    return lambda n, rng: curve(n)[:, None] * rng.gamma(1.5, 1 / 1.5, 80)


def forms(n: Array) -> dict[str, Callable[[Array], Array]]:
    """Mean curves over the sizes' span that are no power law with a gap."""
    low, high = n[0], n[-1]
    middle = float(np.sqrt(low * high))
    return {
        "shifted": lambda x: 0.05 + 30 * (x + 4 * low) ** -0.8,
        "plateau, then drop": lambda x: 0.03 + 0.3 / (1 + x / (high / 2)),
        "break amid": lambda x: 0.5 * x**-0.1 * (1 + (x / middle) ** 3) ** (-0.4 / 3),
        "late break": lambda x: 0.5 * x**-0.1 * (1 + (x / (high / 2)) ** 3) ** (-0.4 / 3),
        "exponential": lambda x: 0.05 + 0.2 * np.exp(-x / (high / 4)),
        "rise": lambda x: 0.1 * (x / 100) ** 0.1,
    }


NAMES = tuple(forms(N))


@pytest.mark.parametrize("n", [N, pytest.param(WIDE, marks=pytest.mark.soak)], ids=["one decade", "three decades"])
@pytest.mark.parametrize("runs", [BRIEFLY // 2, pytest.param(150, marks=pytest.mark.soak)])
@pytest.mark.parametrize("name", NAMES)
def test_other_forms_are_covered(name: str, runs: int, n: Array) -> None:
    curve = forms(n)[name]
    low, high = gains(spread(curve), runs, n)
    true = 1 - curve(2 * n[-1:])[0] / curve(n[-1:])[0]
    slack = 0 if runs > BRIEFLY else 0.1  # a standard error of 20 draws
    assert ((low <= true) & (high >= true)).mean() >= 0.75 - slack


@pytest.mark.parametrize(
    ("n", "runs"),
    [(N, BRIEFLY), pytest.param(N, 200, marks=pytest.mark.soak), pytest.param(WIDE, 60, marks=pytest.mark.soak)],
)
def test_a_linear_world_is_covered(n: Array, runs: int) -> None:
    """Simulations that only half agree with measurements; the truth is the mean over 400 such worlds, over three
    decades over 60."""
    rng, worlds = np.random.default_rng(1), 400 if n is N else 60
    ends = np.mean([linear_world(np.append(n[-1:], 2 * n[-1]), rng).mean(axis=1) for _ in range(worlds)], axis=0)
    low, high = gains(linear_world, runs, n)
    assert ((low <= 1 - ends[1] / ends[0]) & (high >= 1 - ends[1] / ends[0])).mean() >= 0.75


@pytest.mark.soak
def test_nothing_false_is_said_of_a_linear_world() -> None:
    """Over three decades: a gap that is called identified is what infinitely many simulations leave, and what is called
    saturated gains little more. (Over one decade no gap is called identified.)"""
    rng, runs, wrong = np.random.default_rng(5), 60, []
    for _ in range(runs):
        curve = linear_world(np.append(WIDE, np.inf), rng)
        law, (first, last, end) = fit_power_law(WIDE, planted(curve[:-1], 30, rng)), curve.mean(axis=1)[[0, -2, -1]]
        low, high = law.interval("C")
        identified = law.gap == "identified" and not low <= end <= high
        saturated = law.verdict == "saturated" and np.log(last / end) > max(0.02, np.log(first / last) / 12)
        wrong.append(identified or saturated)
    assert np.mean(wrong) <= 0.05


def test_a_rise_is_forecast_to_go_on() -> None:
    n = np.geomspace(100, 10_000, 9)
    law = fit_power_law(n, 0.1 * (n / 100) ** 0.1)
    value, low, high = law.predict(20_000)
    assert low < 0.1 * 200**0.1 < high
    assert value > 0.1 * 100**0.1


def test_intervals_widen_on_either_side_of_the_data() -> None:
    law = fit_power_law(N, planted(falling(N, np.random.default_rng(2)), 30, np.random.default_rng(3)))
    for span in ([100, 50, 25, 10], [1_077, 2_000, 4_000, 20_000]):
        _, low, high = law.predict(span)
        assert (np.diff(np.log(high / low)) > 0).all()


def test_parts_of_a_forecast_agree() -> None:
    law = fit_power_law(N, 0.7 * N**-0.3 + 0.05)
    gain = law.gain(2.0)
    today, ahead = (law.predict(n).value for n in (N[-1], 2 * N[-1]))
    assert 1 - ahead / today == pytest.approx(gain.fall.value, abs=0.005)
    assert gain.p_more_than[0.01] >= gain.p_more_than[0.02] >= gain.p_more_than[0.05] > 0.9
    needed = law.required_n(relative=1 - gain.fall.value)
    assert needed.value == pytest.approx(2 * N[-1], rel=0.02)
    assert needed.low < needed.value < needed.high
    assert law.required_n(relative=0.01).high == np.inf


def test_known_coefficients_forecast_without_intervals() -> None:
    value, low, high = PowerLaw(0.7, 0.3, 0.05).predict(1_000)
    assert value == pytest.approx(0.7 * 1_000**-0.3 + 0.05)
    assert np.isnan([low, high]).all()
    with pytest.raises(ValueError, match="no data to forecast from"):
        PowerLaw(0.7, 0.3, 0.05).gain(2.0)


def test_quantiles_of_a_mixture() -> None:
    rng = np.random.default_rng(1)
    mean, deviation = rng.normal(size=50), rng.uniform(0.1, 1, 50)
    weight = rng.dirichlet(np.ones(50))
    which = rng.choice(50, 400_000, p=weight)
    drawn = np.quantile(rng.normal(mean[which], deviation[which]), [0.05, 0.5, 0.95])
    assert mixture_quantiles(weight, mean, deviation, np.array([0.05, 0.5, 0.95])) == pytest.approx(drawn, abs=0.01)
