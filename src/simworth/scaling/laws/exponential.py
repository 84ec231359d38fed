"""An exponential decay to a gap."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simworth.scaling.laws.base import Array, Law, Parameter, register_law
from simworth.scaling.laws.power import C

D = Parameter("D", "fall from n = 0 to the gap, in the error's unit")
TAU = Parameter("tau", "simulations that lower what remains to 1 / e", 0.02, 100.0, of_size=0)


def columns(shape: Sequence[Array], log_sizes: Sequence[Array]) -> list[Array]:
    """exp(-n / tau) and 1."""
    decay = np.exp(-np.exp(log_sizes[0] - np.log(shape[0])))
    return [decay, np.ones_like(decay)]


EXPONENTIAL = register_law(Law("exponential", "D exp(-n / tau) + C", (D, C), (TAU,), columns))
