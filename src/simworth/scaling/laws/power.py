"""The study's law: a power law with a transfer gap; and one that falls to 0."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simworth.scaling.laws.base import Array, Law, Parameter, exponent, register_law

D = Parameter("D", "scale, in the error's unit times n^alpha")
ALPHA = exponent("alpha", "decay rate")
C = Parameter("C", "transfer gap, in the error's unit: what no number of simulations removes")


def columns(shape: Sequence[Array], log_sizes: Sequence[Array]) -> list[Array]:
    """n^-alpha and 1."""
    power = np.exp(-shape[0] * log_sizes[0])
    return [power, np.ones_like(power)]


POWER = register_law(Law("power", "D n^-alpha + C", (D, C), (ALPHA,), columns))


POWER_WITHOUT_GAP = register_law(
    Law("power without C", "D n^-alpha", (D,), (ALPHA,), lambda shape, log_sizes: columns(shape, log_sizes)[:1])
)
