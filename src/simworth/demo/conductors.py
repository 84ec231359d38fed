"""Made-up thermoelectrics, in the format of Starrydata's interpolated table of 2019.

The thermal conductivity is that of the electrons, by the Wiedemann-Franz law, and that of a lattice which knows nothing
of them: good conductors lie near the law.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from simworth.demo.compositions import compose_compositions
from simworth.demo.hidden import World
from simworth.demo.kinds import COMPOSITION

COMPOSITIONS: Final = 120
"""at most, since their fine-tuning takes many epochs; no more than polymers are simulated"""
LORENZ: Final = 2.44e-8
"""W Ohm / K^2"""
ROOM: Final = 300
"""K, where compositions are compared; a second temperature is there to be left out"""
NOISE: Final = 0.15
"""standard deviation of a measurement, in those of the property"""


def conductivities(world: World, size: int) -> pd.DataFrame:
    """Electrical (S/m) and thermal (W/(m K)) conductivity of each composition at 300 K and 400 K."""
    formulas = compose_compositions(min(size, COMPOSITIONS), world.rng("compositions"))
    electrical = 10 ** (4.5 + 0.8 * _measured(world, "electrical", formulas))
    lattice = 10 ** (0.2 + 0.2 * _measured(world, "lattice", formulas))
    parts = [
        pd.DataFrame(
            {
                "sampleid": np.arange(len(formulas)) + 1,
                "composition": formulas,
                "Temperature": kelvin,
                "Thermal conductivity": LORENZ * electrical * kelvin + lattice * ROOM / kelvin,
                "Electrical conductivity": electrical,
            }
        )
        for kelvin in (ROOM, ROOM + 100)
    ]
    return pd.concat(parts, ignore_index=True)


def _measured(world: World, prop: str, formulas: list[str]) -> np.ndarray:
    noise = world.rng("measurement noise", prop).normal(size=len(formulas))
    return np.asarray(4 * np.tanh((world.truth(prop, formulas, COMPOSITION) + NOISE * noise) / 4))
