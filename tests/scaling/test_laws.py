"""Every registered law, by one contract; laws that compete, and classes that err alike."""

from __future__ import annotations

import numpy as np
import pytest

from simworth.scaling import LAWS, Law, Parameter, class_correlation, exponent, fit_power_law, register_law
from simworth.scaling.fit import fit_curves
from simworth.scaling.inputs import read_curves
from simworth.scaling.laws import BUILT_IN
from tests.scaling.designs import TRUTH, WIDE, Array, planted_materials, sizes

N = sizes(WIDE, 12)
PLANTED = {
    "power": {"D": 0.7, "C": 0.05, "alpha": 0.3},
    "power without C": {"D": 0.7, "alpha": 0.3},
    "shifted power": {"D": 30.0, "C": 0.05, "alpha": 0.8, "s": 3_000.0},
    "broken power": {"D": 0.9, "C": 0.0, "alpha_1": 0.1, "alpha_2": 0.5, "b": 2_600.0},
    "exponential": {"D": 0.2, "C": 0.05, "tau": 5_000.0},
}


def noisy(name: str, noise: float, seed: int) -> Array:
    return LAWS[name](PLANTED[name], N) * (1 + noise * np.random.default_rng(seed).standard_normal(N.size))


def test_all_laws_are_planted_here() -> None:
    assert set(PLANTED) == {law.name for law in BUILT_IN}
    assert set(PLANTED) <= set(LAWS)


@pytest.mark.parametrize("name", PLANTED)
def test_a_law_recovers_its_own_curve(name: str) -> None:
    law, truth = LAWS[name], PLANTED[name]
    fits = fit_curves(law, read_curves(N, noisy(name, 1e-5, 1)[None]))
    for parameter in law.linear + law.shape:
        value = float(fits.parameters()[parameter.name][0])
        assert value == pytest.approx(truth[parameter.name], rel=0.05, abs=2e-3), parameter.name
        assert parameter.gloss
        assert parameter.name in law.formula
    np.testing.assert_allclose(fits.fitted[0], law(truth, N), rtol=1e-4)


@pytest.mark.parametrize("name", PLANTED)
def test_the_true_law_wins(name: str) -> None:
    best, held = [], []
    for seed in range(12):
        forms = fit_power_law(N, noisy(name, 0.01, [2, seed])).forms()
        assert sum(form.weight for form in forms) == pytest.approx(1.0)
        assert forms[0].law.name == "power"
        true = next(form for form in forms if form.law.name == name)
        best.append(true.weight)
        held.append(true.lack_of_fit is None or true.lack_of_fit >= 0.01)
    assert np.mean(best) > 0.5
    assert np.mean(held) >= 0.9


def test_some_laws_and_the_study_s_beside_them() -> None:
    law = fit_power_law(N, noisy("exponential", 0.01, 4))
    power, exponential = law.forms(["exponential"])
    assert (power.law.name, exponential.law.name) == ("power", "exponential")
    assert power.parameters(0.9, "points")["C"].value == pytest.approx(law.C)
    tau = exponential.parameters(0.9, "points")["tau"]
    assert tau.low < 5_000 < tau.high
    assert exponential.judge(0.9, "points").verdict == "saturated"
    assert law.verdict == "inconclusive"


@pytest.mark.parametrize("name", ["power", "exponential"])
def test_five_sizes_speak_for_the_form_that_fits(name: str) -> None:
    """AICc of three parameters is infinite there: AIC weighs them, and four parameters have no weight."""
    n, truth = sizes(WIDE, 5), PLANTED[name] | ({"tau": 20_000.0} if name == "exponential" else {})
    errors = LAWS[name](truth, n) * (1 + 0.002 * np.random.default_rng(7).standard_normal(5))
    law = fit_power_law(n, errors)
    weights = {form.law.name: form.weight for form in law.forms()}
    assert weights[name] > 0.95 and weights["shifted power"] == 0.0 and sum(weights.values()) == pytest.approx(1.0)
    assert law.diagnostics["aicc_without_C"] is None and law.diagnostics["aicc_constant"] is None
    withdrawn = "of the forms' weights, D exp(-n / tau) + C" in law.judge().reason
    assert withdrawn == (name == "exponential")


def test_a_law_that_cannot_be_searched_is_refused() -> None:
    d, rate = Parameter("D", "scale"), exponent("a", "rate")
    with pytest.raises(ValueError, match="needs n as its input and one to three shape parameters"):
        register_law(Law("bare", "D", (d,), (), lambda shape, log_sizes: [log_sizes[0]]))
    with pytest.raises(ValueError, match="bounds of s must be positive and finite"):
        register_law(Law("open", "D", (d,), (Parameter("s", "open"),), lambda shape, log_sizes: [log_sizes[0]]))
    with pytest.raises(ValueError, match="two laws are called 'power'"):
        register_law(Law("power", "D a", (d,), (rate,), lambda shape, log_sizes: [log_sizes[0]]))


@pytest.mark.parametrize(("spread", "least", "most"), [(0.0, -0.2, 0.2), (0.5, 0.3, 0.9)])
def test_correlation_of_errors_within_classes(spread: float, least: float, most: float) -> None:
    rng = np.random.default_rng(5)
    errors = planted_materials(TRUTH, sizes(WIDE, 6), 30, 80, rng)
    labels = rng.integers(12, size=80)
    found = class_correlation(errors * np.exp(spread * 2 * rng.standard_normal(12))[labels], labels)
    assert least <= found.icc <= most
    assert found.drawn == (spread > 0)
    assert found.classes == 12


def test_independent_classes_are_seldom_drawn() -> None:
    drawn = []
    for seed in range(60):
        rng = np.random.default_rng([6, seed])
        drawn.append(class_correlation(rng.gamma(1.5, 1.0, (1, 1, 60)), rng.integers(8, size=60)).drawn)
    assert np.mean(drawn) <= 0.1


def test_materials_without_a_class_are_classes_of_their_own() -> None:
    errors = np.random.default_rng(7).gamma(2.0, 1.0, (1, 1, 6))
    assert class_correlation(errors, ["a", "a", "", "", None, "b"]).classes == 5
    alone = class_correlation(errors, [""] * 6)
    assert np.isnan(alone.icc) and not alone.drawn
