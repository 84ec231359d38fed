"""A power law that falls to 0."""

from __future__ import annotations

from simworth.scaling.laws.base import Law, register_law
from simworth.scaling.laws.power import ALPHA, D, columns

POWER_WITHOUT_GAP = register_law(
    Law("power without C", "D n^-alpha", (D,), (ALPHA,), lambda shape, log_sizes: columns(shape, log_sizes)[:1])
)
