"""Verdicts and gaps by the rules that `simworth.scaling.verdict` states, and what a law says of itself."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from simworth.scaling import PowerLaw, fit_power_law
from simworth.scaling.diagnostics import nested
from tests.scaling.designs import NARROW, NO_GAP, TRUTH, WIDE, noisy_curves, planted_materials, sizes

FLAT = PowerLaw(0.0, 0.3, 0.1)
PLATEAU = PowerLaw(3.0, 0.8, 0.1)


@pytest.mark.parametrize(
    ("law", "span", "noise", "word", "least"),
    [
        (TRUTH, WIDE, 0.01, "scaling", 0.97),
        (NO_GAP, WIDE, 0.03, "scaling", 0.97),
        (PLATEAU, WIDE, 0.03, "saturated", 0.95),
        (FLAT, WIDE, 0.01, "not scaling", 0.95),
        (FLAT, NARROW, 0.03, "inconclusive", 0.80),
    ],
)
def test_verdict(law: PowerLaw, span: tuple[float, float], noise: float, word: str, least: float) -> None:
    n = sizes(span)
    words = Counter(fit_power_law(n, errors).verdict for errors in noisy_curves(law, n, noise, 40, seed=61))
    assert words[word] >= least * 40, words


def test_rising_errors_are_harm_and_have_no_gap() -> None:
    n = sizes(WIDE)
    law = fit_power_law(n, n**0.05 * noisy_curves(FLAT, n, 0.005, 1, seed=62)[0])
    assert (law.verdict, law.gap, law.interval("C")[0]) == ("harm", "not identified", 0.0)


@pytest.mark.parametrize(
    ("law", "span", "noise", "word"),
    [
        (TRUTH, WIDE, 0.01, "identified"),
        (PLATEAU, WIDE, 0.01, "identified"),
        (NO_GAP, WIDE, 0.01, "upper bound"),
        (FLAT, NARROW, 0.03, "not identified"),
        (PLATEAU, NARROW, 0.002, "not identified"),
    ],
)
def test_gap(law: PowerLaw, span: tuple[float, float], noise: float, word: str) -> None:
    """The last is known to 2 % of itself, but over one decade only."""
    n = sizes(span)
    words = Counter(fit_power_law(n, errors).gap for errors in noisy_curves(law, n, noise, 30, seed=63))
    assert words[word] >= 0.9 * 30, words


def test_identified_needs_a_narrow_interval_above_0() -> None:
    n = sizes(WIDE)
    for errors in noisy_curves(TRUTH, n, 0.04, 60, seed=64):
        law = fit_power_law(n, errors)
        low, high = law.interval("C")
        sound = not law.diagnostics["bounds_hit"] and law.diagnostics["lack_of_fit"] >= 0.01
        assert (law.gap == "identified") == (low > 0 and high - low <= law.C and sound)


def test_judgement_says_why_and_can_be_of_these_materials_only() -> None:
    n = sizes(WIDE)
    law = fit_power_law(n, planted_materials(TRUTH, n, 30, 80, np.random.default_rng(65)))
    assert law.judge() == law.judge(over="materials")
    assert law.verdict == law.judge().verdict
    assert "%" in law.judge(over="trials").reason


def test_diagnostics_tell_what_the_data_can() -> None:
    n = sizes(NARROW)
    narrow = fit_power_law(n, noisy_curves(TRUTH, n, 0.005, 1, seed=66)[0]).diagnostics
    assert narrow["decades"] == pytest.approx(1.0)
    assert narrow["corr_alpha_C"] > 0.98
    assert narrow["reduced_chi2"] is None
    assert narrow["between_point_sd"] == pytest.approx(0.005, rel=0.7)
    wide_n = sizes(WIDE)
    wide = fit_power_law(wide_n, noisy_curves(TRUTH, wide_n, 0.005, 1, seed=66)[0]).diagnostics
    assert wide["condition"] < 0.5 * narrow["condition"]
    assert wide["aicc_without_C"] > 10
    assert wide["aicc_constant"] > wide["aicc_without_C"]
    bare = fit_power_law(wide_n, NO_GAP(wide_n) * (1 + 0.01 * np.cos(np.arange(10)))).diagnostics
    assert bare["aicc_without_C"] < 2
    rng = np.random.default_rng(67)
    trials = fit_power_law(wide_n, TRUTH(wide_n) * (1 + 0.1 * rng.standard_normal((100, 10)))).diagnostics
    assert 0.2 < trials["reduced_chi2"] < 2.5


def test_required_n() -> None:
    n = sizes(WIDE)
    law = fit_power_law(n, noisy_curves(TRUTH, n, 0.005, 1, seed=70)[0])
    value, low, high = law.required_n(0.06)
    assert law(value) == pytest.approx(0.06)
    assert law.predict(low, method="model").low == pytest.approx(0.06, rel=1e-2)
    assert law.predict(high, method="model").high == pytest.approx(0.06, rel=1e-2)
    assert law.required_n(0.9 * law.C).value == np.inf
    assert law.required_n(law.interval("C")[0] * 0.9).low == np.inf
    assert law.required_n(1e3).value == 1.0


def test_nested_laws() -> None:
    n = sizes(WIDE)
    law = fit_power_law(n, NO_GAP(n))
    assert law.fits is not None
    bare, constant = (PowerLaw(*one) for one in nested(law.fits).values())
    assert (bare.D, bare.alpha, bare.C) == pytest.approx((NO_GAP.D, NO_GAP.alpha, 0.0), rel=1e-4)
    assert n.size * constant.C == pytest.approx(np.sum(NO_GAP(n) ** -1) / np.sum(NO_GAP(n) ** -2) * n.size, rel=1e-4)
    assert constant(100.0) == constant(1e6)
