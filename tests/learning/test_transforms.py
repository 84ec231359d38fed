"""Transforms against scikit-learn, and their way back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter
from scipy.stats import yeojohnson_normmax
from sklearn.preprocessing import PowerTransformer

from simworth.learning.transforms import (
    ColumnTransform,
    InputTransform,
    LabelTransform,
)
from simworth.learning.yeo_johnson import LAMBDA_RANGE, fit_lambda, inverse_yeo_johnson, yeo_johnson

FILED = TypeAdapter(InputTransform)  # as it lies in files

RNG = np.random.default_rng(5)


@given(st.floats(-4, 6), st.lists(st.floats(-8, 8), min_size=1, max_size=30))
def test_inverse_undoes_yeo_johnson(lam: float, values: list[float]) -> None:
    x = np.array(values)
    np.testing.assert_allclose(inverse_yeo_johnson(yeo_johnson(x, lam), lam), x, rtol=1e-5, atol=1e-5)


SAMPLES = {
    "both signs": RNG.normal(size=3001),
    "positive": np.exp(2 * RNG.normal(size=500)),
    "negative": -np.exp(RNG.normal(size=500)),
    "ties": np.round(RNG.normal(size=200)),
    "a column": RNG.normal(size=(400, 3))[:, 1],
    "tiny": 1e-12 * RNG.normal(size=50),
    "huge": 1e9 * RNG.normal(size=50) ** 5,
}


@pytest.mark.parametrize("sample", SAMPLES)
def test_exponents_are_scipys_to_the_bit(sample: str) -> None:
    with np.errstate(all="ignore"):
        theirs = yeojohnson_normmax(SAMPLES[sample])
    assert fit_lambda(SAMPLES[sample]) == np.clip(theirs, *LAMBDA_RANGE)


def test_no_exponent_fits_what_is_not_finite() -> None:
    assert fit_lambda(np.full(9, 3.0)) == 1.0
    with pytest.raises(ValueError, match="a value is not finite"):
        fit_lambda(np.array([1.0, np.inf, 2.0]))


def test_labels_like_scikit_learn() -> None:
    y = RNG.gamma(2.0, 1.0, (4, 200))
    ours = LabelTransform.fit(y, ("norm", "yeo-johnson"), 3.5)
    for row in range(4):
        normal = ((y[row] - y[row].mean()) / y[row].std())[:, None]
        theirs = PowerTransformer(standardize=False).fit(normal)
        np.testing.assert_allclose(ours.exponent[row], theirs.lambdas_[0], rtol=1e-3)
        np.testing.assert_allclose(ours(y)[row], theirs.transform(normal)[:, 0], rtol=1e-2, atol=1e-2)


@pytest.mark.parametrize("steps", [("norm",), ("norm", "yeo-johnson"), ("norm", "yeo-johnson", "min-max")])
def test_labels_come_back(steps: tuple[str, ...]) -> None:
    y = RNG.normal(1.2, 0.1, (3, 50))
    transform = LabelTransform.fit(y, steps, 5.0)
    back, clipped = transform.inverse(transform(y))
    np.testing.assert_allclose(back, y, rtol=1e-9)
    assert not clipped.any()
    again = LabelTransform.from_tensors(transform.tensors())
    np.testing.assert_array_equal(again(y), transform(y))


@pytest.mark.parametrize("skew", [-1.0, 1.0])
def test_extreme_predictions_are_finite_and_counted(skew: float) -> None:
    y = skew * RNG.lognormal(0, 1.5, (2, 100))
    transform = LabelTransform.fit(y, ("norm", "yeo-johnson"), 3.5)
    back, clipped = transform.inverse(np.array([[-1e6, 0.0, 1e6]] * 2))
    assert np.isfinite(back).all()
    assert clipped.sum() == 4
    assert (np.abs(back - y.mean(1, keepdims=True)) <= 10.001 * y.std(1, keepdims=True)).all()


def test_constant_labels() -> None:
    transform = LabelTransform.fit(np.full((1, 20), 3.0), ("norm", "yeo-johnson", "min-max"), 3.5)
    np.testing.assert_allclose(transform.inverse(transform(np.full((1, 20), 3.0)))[0], 3.0)


def test_inputs_are_normal_bounded_and_survive_json() -> None:
    x = np.column_stack([RNG.lognormal(0, 3, 400), np.full(400, 2.0), np.zeros(400), RNG.random(400) * 1e-300])
    transform = InputTransform.fit(x, {"d": 4}, {"d": ("log", "norm", "yeo-johnson")}, 5.0)
    out = transform(x)
    assert np.isfinite(out).all()
    assert abs(out[:, 0].std() - 1) < 0.2
    np.testing.assert_allclose(out[:, 1:], 0, atol=1e-6)
    again = FILED.validate_json(FILED.dump_json(transform))
    np.testing.assert_array_equal(again(x), out)


def test_clip_bounds_what_training_never_saw() -> None:
    x = RNG.normal(10, 1, (200, 1))
    transform = InputTransform.fit(x, {"d": 1}, {"d": ("norm",)}, 5.0)
    np.testing.assert_array_equal(transform(np.array([[1e9], [-1e9]])), [[5.0], [-5.0]])


def test_min_max() -> None:
    out = ColumnTransform.fit(np.array([[1.0], [3.0]]), ("min-max",), 5.0)(np.array([[1.0], [2.0], [3.0]]))
    np.testing.assert_allclose(out[:, 0], [0, 0.5, 1])


def test_negative_descriptors_and_logarithm() -> None:
    with pytest.raises(ValueError, match="column 1 reaches -2"):
        ColumnTransform.fit(np.array([[1.0, -2.0]]), ("log", "norm"), 5.0, "d")


def test_each_descriptor_goes_its_own_way() -> None:
    x = np.column_stack([RNG.lognormal(0, 1, (50, 2)), np.full(50, 7.0), np.arange(50.0)])
    transform = InputTransform.fit(x, {"a": 2, "b": 2}, {"a": ("log", "norm"), "b": ("drop-constant", "min-max")}, 5.0)
    out = transform(x)
    assert out.shape == (50, transform.outputs) == (50, 3)
    np.testing.assert_allclose(out[:, :2].std(axis=0), 1, rtol=0.2)
    np.testing.assert_allclose(out[:, 2], np.arange(50) / 49)
    again = FILED.validate_json(FILED.dump_json(transform))
    np.testing.assert_array_equal(again(x), out)
