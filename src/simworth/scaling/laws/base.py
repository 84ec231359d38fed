"""Scaling laws: a formula, its parameters with bounds and glosses, a printed form; a law a file. Nothing here fits.

Every law is linear in some non-negative parameters once its shape is fixed:

    error = sum_i  linear_i * column_i(shape, log sizes),        linear_i >= 0,  column_i > 0,

which is what lets one optimiser, one kind of interval and one set of diagnostics serve them all. A law of one's own is
made like those here and registered by `register_law`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simworth.registry import Registry

Array = NDArray[np.float64]
Columns = Callable[[Sequence[Array], Sequence[Array]], list[Array]]

EXPONENT_BOUNDS = (1e-3, 5.0)
"""Exponents searched. Below, a power is a constant to within 0.2 % a decade; above, it is gone after one step."""


@dataclass(frozen=True)
class Parameter:
    """One parameter of a law."""

    name: str
    gloss: str
    """what it is, in words, with its unit"""
    low: float = 0.0
    high: float = float("inf")
    """bounds; of a shape, above 0 and finite, searched on a logarithmic grid"""
    of_size: int | None = None
    """index of the input whose unit it has: bounds are then multiples of the geometric mean of the sizes run"""


def exponent(name: str, gloss: str) -> Parameter:
    """An exponent, within EXPONENT_BOUNDS."""
    return Parameter(name, gloss, *EXPONENT_BOUNDS)


@dataclass(frozen=True)
class Law:
    """One form of scaling law, for any number of curves at once."""

    name: str
    formula: str
    """printed form"""
    linear: tuple[Parameter, ...]
    """non-negative, in the error's unit at the sizes run, in the order of the columns"""
    shape: tuple[Parameter, ...]
    """what the columns depend on: one to three"""
    columns: Columns
    """(shape values, natural logarithms of the sizes) -> one positive array a linear parameter; all broadcast"""
    inputs: tuple[str, ...] = ("n",)
    """names of the sizes that the error depends on"""

    @property
    def names(self) -> tuple[str, ...]:
        """Linear parameters, then those of shape."""
        return tuple(one.name for one in self.linear + self.shape)

    def __call__(self, parameters: Mapping[str, float], *sizes: ArrayLike) -> Array:
        """Error at the sizes (one array an input, which broadcast), in the property's unit."""
        logs = [np.log(np.asarray(size, dtype=float)) for size in sizes]
        columns = self.columns([np.asarray(parameters[one.name]) for one in self.shape], logs)
        return np.asarray(sum(parameters[p.name] * column for p, column in zip(self.linear, columns, strict=True)))


LAWS: Final[Registry[Law]] = Registry("law", "simworth.laws")
"""the laws of one curve that `fit.law` may name"""


def register_law(law: Law) -> Law:
    """Add a law of one input; ValueError where another has the name, or where it has no shape to search."""
    if law.inputs != ("n",) or not 1 <= len(law.shape) <= 3:
        raise ValueError(f"law {law.name!r}: needs n as its input and one to three shape parameters")
    for one in law.shape:
        if not 0 < one.low < one.high < np.inf:
            raise ValueError(f"law {law.name!r}: bounds of {one.name} must be positive and finite, ascending")
    if LAWS.known(law.name) and (there := LAWS[law.name]).formula != law.formula:
        raise ValueError(f"two laws are called {law.name!r}: {there.formula} and {law.formula}")
    LAWS.add(law.name, law)
    return law
