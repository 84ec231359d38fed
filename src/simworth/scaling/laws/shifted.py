"""A power law of n + s: level before s simulations (M4 of Alabdulmohsin et al. 2022, arXiv 2209.06640, has such a
plateau)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simworth.scaling.laws.base import Array, Law, Parameter, register_law
from simworth.scaling.laws.power import ALPHA, C, D

S = Parameter("s", "simulations before which the error hardly falls", 1e-3, 1e2, of_size=0)


def columns(shape: Sequence[Array], log_sizes: Sequence[Array]) -> list[Array]:
    """(n + s)^-alpha and 1."""
    alpha, s = shape
    power = np.exp(-alpha * np.logaddexp(log_sizes[0], np.log(s)))
    return [power, np.ones_like(power)]


SHIFTED = register_law(Law("shifted power", "D (n + s)^-alpha + C", (D, C), (ALPHA, S), columns))
