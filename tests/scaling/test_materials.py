"""Trials are not materials: intervals meant for the population must cover the choice of what was measured."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest

from simworth.scaling import fit_power_law
from tests.scaling.designs import TRUTH, WIDE, fitted, planted_materials, sizes

NAMES = ("D", "alpha", "C")


def coverage(trials: int, runs: int, seed: int, **planted: float) -> dict[tuple[str, str], float]:
    """(over, quantity) -> share of 90 % intervals that hold the population's value."""
    n, hits = sizes(WIDE), defaultdict(list)
    at = n[-1]
    drawn = (
        planted_materials(TRUTH, n, trials, 80, np.random.default_rng([seed, run]), **planted) for run in range(runs)
    )
    for laws in fitted(n, drawn):
        for over in laws.over:
            for name in NAMES:
                low, high = laws.interval(name, over=over)
                hits[over, name] += [*(low <= getattr(TRUTH, name)) & (getattr(TRUTH, name) <= high)]
            _, low, high = laws.predict(at, method="model", over=over)
            hits[over, "error"] += [*(low <= TRUTH(at)) & (TRUTH(at) <= high)]
    return {key: float(np.mean(value)) for key, value in hits.items()}


@pytest.mark.parametrize(
    ("trials", "runs", "alone"), [(30, 300, {"error": 0.70}), (500, 120, {"error": 0.40, "C": 0.60})]
)
def test_intervals_cover_the_population(trials: int, runs: int, alone: dict[str, float]) -> None:
    """alone: what the intervals from trials alone stay below."""
    shares = coverage(trials, runs, seed=31)
    for name in (*NAMES, "error"):
        assert shares["materials", name] >= 0.85, name
        assert shares["materials", name] <= 0.98, name
    for name, most in alone.items():
        assert shares["trials", name] < most, name


def test_only_materials_widen_with_their_number() -> None:
    """More trials narrow what trials decide, not what the choice of materials does."""
    n = sizes(WIDE)
    few, many = (fit_power_law(n, planted_materials(TRUTH, n, t, 80, np.random.default_rng(5))) for t in (30, 500))

    def width(law, over):
        _, low, high = law.predict(n[-1], method="model", over=over)
        return high - low

    assert width(many, "trials") < 0.5 * width(few, "trials")
    assert width(many, "materials") > 0.6 * width(few, "materials")


def test_law_is_that_of_the_materials_means() -> None:
    """Each material's mean over the trials that tested it, and their mean."""
    n = sizes(WIDE)
    errors = planted_materials(TRUTH, n, 30, 80, np.random.default_rng(6))
    items, means = fit_power_law(n, errors), fit_power_law(n, np.asarray(errors.mean(axis=0).mean(axis=1)))
    assert (items.D, items.alpha, items.C) == pytest.approx((means.D, means.alpha, means.C))
    assert items.over == ("trials", "materials")
    assert items.interval("C") == items.interval("C", over="materials")


def test_masked_trials_and_materials_are_left_out() -> None:
    n = sizes(WIDE)
    errors = planted_materials(TRUTH, n, 30, 80, np.random.default_rng(8))
    padded = np.ma.masked_all((33, n.size, 84))
    padded[:30, :, :80] = errors
    padded.data[30:] = np.nan
    law, same = fit_power_law(n, errors), fit_power_law(n, padded)
    assert (same.D, same.alpha, same.C) == pytest.approx((law.D, law.alpha, law.C))
    for over in law.over:
        assert same.interval("alpha", over=over) == pytest.approx(law.interval("alpha", over=over))


@pytest.mark.soak
@pytest.mark.parametrize(("trials", "item_noise"), [(30, 0.02), (30, 0.7), (500, 0.3)])
def test_many_runs_on_skewed_populations(trials: int, item_noise: float) -> None:
    """Log-normal spreads of 50 % and, where the mean of 80 is itself far from normal, 100 %."""
    for spread, least in ((0.5, 0.86), (1.0, 0.82)):
        shares = coverage(trials, 300, seed=32, item_noise=item_noise, spread=spread)
        for name in (*NAMES, "error"):
            assert least <= shares["materials", name] <= 0.98, (spread, name)


def test_one_trial_or_one_material_is_answered_for_what_it_tells() -> None:
    n = sizes(WIDE)
    errors = planted_materials(TRUTH, n, 30, 80, np.random.default_rng(9))
    single = fit_power_law(n, errors[:1])
    assert single.over == ("materials",)
    low, high = single.interval("C")
    assert low <= single.C <= high
    assert fit_power_law(n, errors.mean(axis=2)[:1]).over == ("points",)
