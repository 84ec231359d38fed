"""The study's published coefficients give its published gradients and equivalent samples.

npj Computational Materials 11, 146 (2025), doi 10.1038/s41524-025-01606-5.
"""

from __future__ import annotations

import numpy as np
import pytest

from simworth.scaling import PowerLaw, Surface, equivalent_samples

DENSITY = Surface(A=0.338, alpha=0.265, B=0.0192, beta=0.239, eps=0.0535)
CHI_IN_N = PowerLaw(D=0.239, alpha=0.0348, C=4.52e-10)
CHI_IN_M = PowerLaw(D=0.863, alpha=0.240, C=6.36e-16)
TOLERANCE = 0.02


def test_density_gradient() -> None:
    by_n, by_m = DENSITY.gradient(71_068, 601)
    assert by_n == pytest.approx(-1.41e-8, rel=TOLERANCE)
    assert by_m == pytest.approx(-3.13e-6, rel=TOLERANCE)


def test_density_equivalent_samples() -> None:
    assert DENSITY.equivalent_samples(71_068, 601).value == pytest.approx(221, rel=TOLERANCE)


def test_chi_gradients_and_equivalent_samples() -> None:
    assert CHI_IN_N.gradient(9_129) == pytest.approx(-6.63e-7, rel=TOLERANCE)
    assert CHI_IN_M.gradient(612) == pytest.approx(-7.25e-5, rel=TOLERANCE)
    assert equivalent_samples(CHI_IN_N, CHI_IN_M, n=9_129, m=612).value == pytest.approx(109, rel=TOLERANCE)


def test_laws_from_coefficients_have_every_method_but_intervals() -> None:
    prediction = CHI_IN_N.predict([100, 1_000])
    np.testing.assert_allclose(prediction.value, 0.239 * np.array([100, 1_000]) ** -0.0348, rtol=1e-6)
    assert np.isnan(prediction.low).all()
    assert np.isnan(CHI_IN_N.interval("C")).all()
    assert CHI_IN_N.required_n(0.15).value == pytest.approx((0.239 / 0.15) ** (1 / 0.0348), rel=1e-6)
    with pytest.raises(ValueError, match="known coefficients"):
        _ = CHI_IN_N.verdict


def test_gradient_is_the_derivative() -> None:
    n, m, h = 3_000.0, 120.0, 1e-4
    by_n, by_m = DENSITY.gradient(n, m)
    assert by_n == pytest.approx((DENSITY.predict(n + h, m) - DENSITY.predict(n - h, m)) / (2 * h), rel=1e-5)
    assert by_m == pytest.approx((DENSITY.predict(n, m + h) - DENSITY.predict(n, m - h)) / (2 * h), rel=1e-5)
