"""The drifting law on planted truths: what it says of a doubling, and how often that is so."""

from __future__ import annotations

import numpy as np
import pytest

from simworth.scaling import PowerLaw, fit_power_law
from simworth.scaling.drift import mixture_quantiles
from tests.scaling.designs import Array

N = np.unique(np.round(np.geomspace(100, 1_077, 10)))
RUNS = 40


def planted(mean: Array, trials: int, rng: np.random.Generator) -> np.ma.MaskedArray:
    """(trials, n, 80) absolute errors about mean (n, 80); each trial tests 16 materials."""
    errors = mean * rng.gamma(4, 1 / 4, (trials, *mean.shape))
    rank = rng.random((trials, 80)).argsort(axis=1).argsort(axis=1)
    return np.ma.array(errors, mask=np.broadcast_to((rank >= 16)[:, None], errors.shape))


def falling(rng: np.random.Generator) -> Array:
    d, c = rng.gamma(1.5, 1 / 1.5, (2, 80))
    return np.asarray(0.7 * d * N[:, None] ** -0.3 + 0.05 * c)


def gains(make, trials: int = 30) -> tuple[Array, Array]:
    """(runs,) ends of the gain of a doubling."""
    rng = np.random.default_rng(0)
    found = [fit_power_law(N, planted(make(rng), trials, rng)).gain(2.0).fall for _ in range(RUNS)]
    return np.array([one.low for one in found]), np.array([one.high for one in found])


def test_a_doubling_surely_helps_where_it_does() -> None:
    low, high = gains(falling)
    assert (low > 0).mean() >= 0.75
    assert ((low <= 0.119) & (high >= 0.119)).mean() >= 0.87
    fewer = gains(falling, trials=10)
    assert (high - low).mean() < (fewer[1] - fewer[0]).mean()


def test_nothing_is_promised_where_the_error_stands_still() -> None:
    low, high = gains(lambda rng: np.tile(0.2 * rng.gamma(1.5, 1 / 1.5, 80), (N.size, 1)))
    assert (low > 0).mean() <= 0.05
    assert ((low <= 0) & (high >= 0)).mean() >= 0.87


@pytest.mark.parametrize(
    "curve",
    [
        lambda n: 0.05 + 30 * (n + 400) ** -0.8,
        lambda n: 0.03 + 0.3 / (1 + n / 540),
        lambda n: 0.5 * n**-0.1 * (1 + (n / 328) ** 3) ** (-0.4 / 3),
        lambda n: 0.1 * (n / 100) ** 0.1,
    ],
    ids=["shifted", "plateau, then drop", "break", "rise"],
)
def test_other_forms_are_covered(curve) -> None:
    low, high = gains(lambda rng: curve(N)[:, None] * rng.gamma(1.5, 1 / 1.5, 80))
    true = 1 - curve(2 * N[-1]) / curve(N[-1])
    assert ((low <= true) & (high >= true)).mean() >= 0.75


def test_a_rise_is_forecast_to_go_on() -> None:
    n = np.geomspace(100, 10_000, 9)
    law = fit_power_law(n, 0.1 * (n / 100) ** 0.1)
    value, low, high = law.predict(20_000)
    assert low < 0.1 * 200**0.1 < high
    assert value > 0.1 * 100**0.1


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
