"""What a fit refuses, it refuses by a ValueError that names the argument, the rule and the value."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from simworth.scaling import PowerLaw, Replicates, Surface, class_correlation, fit_power_law, fit_surface

N = np.array([100.0, 200, 400, 800, 1600, 3200])
E = N**-0.3


def changed(values: np.ndarray, i: int, value: float) -> np.ndarray:
    out = np.array(values)
    out[..., i] = value
    return out


@pytest.mark.parametrize("shape", [(6,), (3, 6)])
@pytest.mark.parametrize(("value", "shown"), [(np.nan, "nan"), (np.inf, "inf"), (0.0, "0.0"), (-0.25, "-0.25")])
def test_bad_errors(shape: tuple[int, ...], value: float, shown: str) -> None:
    errors = changed(np.broadcast_to(E, shape), 2, value)
    with pytest.raises(ValueError, match=rf"errors: must be finite and positive.*got {shown} at index.*2.*mask"):
        fit_power_law(N, errors)


@pytest.mark.parametrize(("value", "shown"), [(np.nan, "nan"), (-0.25, "-0.25")])
def test_bad_errors_of_items(value: float, shown: str) -> None:
    errors = np.broadcast_to(E[:, None], (3, 6, 4)).copy()
    errors[1, 2, 3] = value
    with pytest.raises(ValueError, match=rf"errors: must be finite and not negative.*got {shown} at index \(1, 2, 3\)"):
        fit_power_law(N, errors)


def test_an_item_may_be_predicted_exactly_but_not_all_of_them() -> None:
    errors = np.broadcast_to(E[:, None], (3, 6, 4)) * np.random.default_rng(0).uniform(0.5, 1.5, (3, 6, 4))
    errors[1, 2, 3] = 0.0
    assert fit_power_law(N, errors).alpha > 0
    errors[1, 2] = 0.0
    with pytest.raises(ValueError, match=r"errors: a trial's mean must be positive, got 0.0 at index"):
        fit_power_law(N, errors)


@pytest.mark.parametrize("bad", [np.nan, np.inf, 0.0, -100.0])
def test_bad_n(bad: float) -> None:
    with pytest.raises(ValueError, match=rf"n: must be finite and positive, got {bad:g} at index 1"):
        fit_power_law(changed(N, 1, bad), E)


def test_repeated_n() -> None:
    with pytest.raises(ValueError, match="n: each size once, got 200 more than once"):
        fit_power_law(changed(N, 3, 200.0), E)


@pytest.mark.parametrize("points", [1, 4])
def test_too_few_n(points: int) -> None:
    with pytest.raises(ValueError, match=f"n: at least 5 distinct unmasked sizes, got {points}"):
        fit_power_law(N[:points], E[:points])


def test_too_few_n_after_masking() -> None:
    with pytest.raises(ValueError, match="n: at least 5 distinct unmasked sizes, got 4"):
        fit_power_law(N, np.ma.array(E, mask=[0, 1, 0, 0, 1, 0]))
    with pytest.raises(ValueError, match="n: at least 5 distinct unmasked sizes, got 0"):
        fit_power_law(N, np.ma.masked_all((3, 6)))


@pytest.mark.parametrize("shape", [(), (5,), (2, 5), (6, 1), (2, 6, 3, 2)])
def test_shapes_that_do_not_match(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"(n|errors): must"):
        fit_power_law(N, np.ones(shape))


def test_not_numbers() -> None:
    with pytest.raises(ValueError, match="errors: must be an array of numbers"):
        fit_power_law(N, ["a"] * 6)
    with pytest.raises(ValueError, match="errors: must be an array of numbers"):
        fit_power_law(N, [[1.0, 0.9], [1.0]])
    with pytest.raises(ValueError, match="n: must be an array of numbers"):
        fit_power_law(["a"] * 6, E)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda law: law.interval("beta"), "name: must be one of D, C, alpha, got 'beta'"),
        (lambda law: law.interval("C", level=1.0), "level: must lie between 0 and 1, got 1.0"),
        (lambda law: law.interval("C", over="materials"), "over: must be one of points, got 'materials'"),
        (lambda law: law.predict(0), "n: must be finite and positive, got 0"),
        (lambda law: law.predict(10, method="magic"), "method: must be one of drift, model, got 'magic'"),
        (lambda law: law.predict(10, method="empirical"), "'empirical' is replaced by the default, 'drift'"),
        (lambda law: law.required_n(), "takes a target error or a share of today's"),
        (lambda law: law.required_n(relative=1.2), "relative: must lie between 0 and 1, got 1.2"),
        (lambda law: law.gain(0.5), "factor: must be finite and above 1, got 0.5"),
        (lambda law: law.required_n(-1), "target: must be a finite, positive error, got -1"),
        (lambda law: law.interval("C", level="90%"), "level: must lie between 0 and 1, got '90%'"),
        (lambda law: law.predict("many"), "n: must be an array of numbers"),
        (lambda law: law.gain("2"), "factor: must be finite and above 1, got '2'"),
        (lambda law: law.required_n("x"), "target: must be a finite, positive error, got 'x'"),
        (lambda law: law.gradient_interval([1, 2]), r"n: must be finite and positive, got \[1, 2\]"),
        (lambda law: law.fall_if_run([0.5]), "factors: must be finite and above 1, got 0.5"),
    ],
)
def test_bad_questions(call, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call(fit_power_law(N, E))


def test_errors_that_no_float_can_square() -> None:
    for scale in (1e-200, 1e200):
        with pytest.raises(
            ValueError, match=r"errors: must lie between 1e-60 and 1e[+]60, got .*; give them in another unit"
        ):
            fit_power_law(N, scale * E)
    with pytest.raises(ValueError, match="errors: must be an array of numbers"):
        fit_power_law(N, E + 0j)


def test_what_is_far_off_is_answered() -> None:
    law = fit_power_law(N, E)
    for n in (1e-300, 1e300):
        value, low, high = law.predict(n)
        assert 0 < low < value < high < np.inf
    assert law.gain(1e300).fall.high == pytest.approx(1.0)
    assert law.predict([]).value.shape == (0,)


def test_replicates_that_are_all_alike() -> None:
    """No spread at all, a class of all materials, two-way variances below 0: intervals are ordered and finite."""
    spread = np.random.default_rng(0).uniform(0.5, 1.5, (3, 6, 4))
    for errors in (np.stack([E, E, E]), Replicates(E[:, None] * spread, 1.0, ["x", "a", "a", "b"])):
        law = fit_power_law(N, errors)
        for value, low, high in (law.predict(6400), law.gain().fall):
            assert -np.inf < low < value < high < np.inf
    one_class = fit_power_law(N, Replicates(E[:, None] * spread, 1.0, ["a"] * 4))
    assert one_class.predict(6400)[1:] == (0.0, np.inf)


def test_lists_and_tables_are_arrays() -> None:
    same = fit_power_law(N, [E, 1.1 * E])
    for n, errors in ((N.tolist(), [E.tolist(), (1.1 * E).tolist()]), (pd.Series(N), pd.DataFrame([E, 1.1 * E]))):
        assert fit_power_law(n, errors).C == same.C
    assert same.forms("power")[0].law.name == "power"


def test_class_labels_of_other_shapes() -> None:
    with pytest.raises(ValueError, match=r"errors, labels: must have shapes .* got \(3, 6, 4\) and \(3,\)"):
        class_correlation(np.ones((3, 6, 4)), ["a", "a", "b"])


def test_bad_coefficients() -> None:
    with pytest.raises(ValueError, match="D: must be finite and not negative, got '1'"):
        PowerLaw("1", 0.3, 0)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="C: must be finite and not negative, got -1"):
        PowerLaw(1.0, 0.3, -1)
    with pytest.raises(ValueError, match="beta: must be finite and not negative, got nan"):
        Surface(1.0, 0.3, 0.0, np.nan, 0.0)


def grid(n_points: int, m: list[float]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    n, m_ = (v.ravel() for v in np.meshgrid(np.geomspace(100, 10_000, n_points), m))
    return n, m_, n**-0.3 * m_**-0.2


def test_surface_on_one_m() -> None:
    with pytest.raises(ValueError, match=r"m: a surface needs two or more sizes, got only 50; .* not identified"):
        fit_surface(*grid(10, [50.0]))


def test_surface_on_two_n_or_few_points() -> None:
    with pytest.raises(ValueError, match="n: a surface needs three or more sizes, got 2"):
        fit_surface(*grid(2, [50.0, 100, 200, 400]))
    with pytest.raises(ValueError, match="errors: a surface needs 7 or more unmasked points, got 6"):
        fit_surface(*grid(3, [50.0, 100.0]))


def test_surface_repeats_and_bad_values() -> None:
    n, m, errors = grid(5, [50.0, 100, 200])
    with pytest.raises(ValueError, match=r"n, m: each pair once, got \(n, m\) = \(100.0, 50.0\) more than once"):
        fit_surface(np.append(n, 100.0), np.append(m, 50.0), np.append(errors, 0.1))
    with pytest.raises(ValueError, match="errors: must be finite and positive"):
        fit_surface(n, m, changed(errors, 3, 0.0))
    with pytest.raises(ValueError, match="m: must be finite and positive, got -1"):
        fit_surface(n, changed(m, 3, -1.0), errors)
