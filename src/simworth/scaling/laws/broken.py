"""A power law whose exponent changes once (BNSL of Caballero et al. 2023, arXiv 2210.14891, with one break)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simworth.scaling.laws.base import Array, Law, Parameter, exponent, register_law
from simworth.scaling.laws.power import C, D

SHARPNESS = 0.3
"""Width of the break in ln n: what ten sizes cannot tell is fixed."""
BEFORE = exponent("alpha_1", "decay rate before the break")
AFTER = exponent("alpha_2", "decay rate after the break")
B = Parameter("b", "simulations at the break", 0.1, 10.0, of_size=0)


def columns(shape: Sequence[Array], log_sizes: Sequence[Array]) -> list[Array]:
    """n^-alpha_1 (1 + (n / b)^(1 / SHARPNESS))^(SHARPNESS (alpha_1 - alpha_2)) and 1."""
    before, after, b = shape
    beyond = SHARPNESS * np.logaddexp(0.0, (log_sizes[0] - np.log(b)) / SHARPNESS)
    power = np.exp(-before * log_sizes[0] + (before - after) * beyond)
    return [power, np.ones_like(power)]


BROKEN = register_law(
    Law(
        "broken power",
        f"D n^-alpha_1 (1 + (n / b)^(1 / {SHARPNESS}))^({SHARPNESS} (alpha_1 - alpha_2)) + C",
        (D, C),
        (BEFORE, AFTER, B),
        columns,
    )
)
