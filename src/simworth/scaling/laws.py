"""Scaling laws: a formula, the names of its parameters, and bounds. Nothing here fits anything.

Every law is linear in some non-negative parameters once its exponents are fixed:

    error = sum_i  linear_i * column_i(exponents, inputs),        linear_i >= 0,

which is what lets one optimiser, one kind of interval and one set of diagnostics serve them all. Inputs are
logarithms, centred on the geometric mean of the sizes that were run (z = log(n / n0)), so that a change of
unit or of scale of n changes neither the optimiser's path nor its accuracy.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Columns = Callable[[Sequence[Array], Sequence[Array]], list[Array]]

EXPONENT_BOUNDS = (1e-3, 5.0)
"""Exponents searched. Below, a power is a constant to within 0.2 % a decade; above, it is gone after one
step."""


@dataclass(frozen=True)
class Law:
    """One form of scaling law, for any number of curves at once."""

    name: str
    inputs: tuple[str, ...]
    """Names of the sizes the error depends on."""
    linear: tuple[str, ...]
    """Names of the non-negative linear parameters, in the order of the columns."""
    exponents: tuple[str, ...]
    """Names of the exponents, each within `EXPONENT_BOUNDS`."""
    columns: Columns
    """(exponents, centred log inputs) -> one array per linear parameter; all broadcast together."""
    rescale: Callable[[Sequence[Array], Sequence[Array]], list[Array]]
    """(exponents, log n0 of each input) -> factor from each centred linear parameter to the one in the law's
    units."""
    formula: str = ""
    """printed form"""

    @property
    def names(self) -> tuple[str, ...]:
        return self.linear + self.exponents


def _power_columns(exponents: Sequence[Array], z: Sequence[Array]) -> list[Array]:
    (alpha,), (zn,) = exponents, z
    return [np.exp(-alpha * zn), np.ones_like(alpha * zn)]


def _power_rescale(exponents: Sequence[Array], center: Sequence[Array]) -> list[Array]:
    (alpha,), (cn,) = exponents, center
    return [np.exp(alpha * cn), np.ones_like(alpha * cn)]


def _surface_columns(exponents: Sequence[Array], z: Sequence[Array]) -> list[Array]:
    (alpha, beta), (zn, zm) = exponents, z
    in_m = np.exp(-beta * zm)
    return [np.exp(-alpha * zn) * in_m, in_m + 0 * zn, np.ones_like(in_m * zn)]


def _surface_rescale(exponents: Sequence[Array], center: Sequence[Array]) -> list[Array]:
    (alpha, beta), (cn, cm) = exponents, center
    in_m = np.exp(beta * cm)
    return [np.exp(alpha * cn) * in_m, in_m + 0 * alpha, np.ones_like(in_m)]


POWER = Law("power", ("n",), ("D", "C"), ("alpha",), _power_columns, _power_rescale, "D n^-alpha + C")
"""error = D n^-alpha + C"""

POWER_WITHOUT_GAP = Law(
    "power without C",
    ("n",),
    ("D",),
    ("alpha",),
    lambda exponents, z: _power_columns(exponents, z)[:1],
    lambda exponents, center: _power_rescale(exponents, center)[:1],
    "D n^-alpha",
)
"""error = D n^-alpha, nested in `POWER`"""

SURFACE = Law(
    "surface", ("n", "m"), ("A", "B", "eps"), ("alpha", "beta"), _surface_columns, _surface_rescale,
    "(A n^-alpha + B) m^-beta + eps",
)  # fmt: skip
"""error = (A n^-alpha + B) m^-beta + eps"""
