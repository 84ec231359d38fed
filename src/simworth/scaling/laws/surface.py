"""The law of simulations and experiments together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simworth.scaling.laws.base import Array, Law, Parameter, exponent


def columns(shape: Sequence[Array], log_sizes: Sequence[Array]) -> list[Array]:
    """n^-alpha m^-beta, m^-beta and 1."""
    in_n, in_m = (np.exp(-one * log_size) for one, log_size in zip(shape, log_sizes, strict=True))
    both = in_n * in_m
    return [both, in_m + 0 * both, np.ones_like(both)]


SURFACE = Law(
    "surface",
    "(A n^-alpha + B) m^-beta + eps",
    (
        Parameter("A", "scale of what simulations remove, in the error's unit times n^alpha m^beta"),
        Parameter("B", "what they leave of what experiments remove, in the error's unit times m^beta"),
        Parameter("eps", "what neither removes, in the error's unit"),
    ),
    (exponent("alpha", "decay rate with n"), exponent("beta", "decay rate with m")),
    columns,
    ("n", "m"),
)
