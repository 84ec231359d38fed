"""The made-up databases as files of the real formats, so that the real readers read them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from simworth.demo.hidden import World
from simworth.demo.polymers import compose_polymers


@dataclass(frozen=True)
class Scale:
    """How a standard normal property is spread over physical values."""

    column: str
    """of PI1070.csv"""
    unit: str
    """of both files"""
    centre: float
    spread: float
    """of one standard deviation, in `unit`"""

    def physical(self, standard: np.ndarray) -> np.ndarray:
        """Values in `unit`, four spreads from the centre at most."""
        return np.asarray(self.centre + 4 * self.spread * np.tanh(standard / 4))


SCALES: Final = {
    "density": Scale("density", "g/cm^3", 1.15, 0.11),
    "refractive_index": Scale("refractive_index", "", 1.55, 0.05),
    "heat_capacity": Scale("Cp", "J/(kg K)", 1900.0, 250.0),
    "thermal_conductivity": Scale("thermal_conductivity", "W/(m K)", 0.22, 0.03),
}
"""properties that can be made up"""
MEASURED: Final = 160
"""measured polymers at most; half the simulated ones where those are fewer"""
SHARED: Final = 0.3
"""of the measured polymers are simulated, too"""
REPLICATES: Final = 5
SIMULATION_NOISE: Final = 0.05
"""standard deviation between replicates, in those of the property"""
MEASUREMENT_NOISE: Final = 0.15
UNUSABLE: Final = 0.03
"""of the measurements are semicrystalline or too hot: what a reader must count and leave out"""


@dataclass(frozen=True)
class Polymers:
    """Which polymers of a world are simulated and which measured."""

    simulated: tuple[str, ...]
    """canonical; a larger size keeps these and appends"""
    measured: tuple[str, ...]
    """canonical, the same at every size of 2 * MEASURED or more"""


def choose_polymers(world: World, size: int) -> Polymers:
    """`size` simulated polymers, and the measured ones, of which a share is simulated."""
    measured = compose_polymers(min(MEASURED, size // 2), world.rng("measured"))
    shared = measured[: int(SHARED * len(measured))]
    others = compose_polymers(size, world.rng("simulated"))
    simulated = list(dict.fromkeys([*shared, *others]))[:size]
    return Polymers(tuple(simulated), tuple(measured))


def simulations(world: World, polymers: Sequence[str], bias: float) -> pd.DataFrame:
    """A table like PI1070.csv: mean, standard deviation and count of each property, one polymer a row."""
    table = pd.DataFrame({"monomer_ID": [f"MADE-UP{i + 1}" for i in range(len(polymers))], "smiles": polymers})
    table["temp"], table["press"] = 300, 1
    for prop, scale in SCALES.items():
        true = world.simulated(prop, polymers, bias)
        noise = world.rng("simulation noise", prop).normal(size=(len(polymers), REPLICATES))
        runs = scale.physical(true[:, None] + SIMULATION_NOISE * noise)
        table[scale.column] = runs.mean(1).round(6)
        table[f"{scale.column}_std"] = runs.std(1, ddof=1).round(6)
        table[f"{scale.column}_count"] = REPLICATES
    return table


def measurements(world: World, polymers: Sequence[str]) -> pd.DataFrame:
    """A PoLyInfo long table: one to three measurements of each property of each polymer, a few of no use."""
    return pd.concat([_measured(world, prop, polymers) for prop in SCALES], ignore_index=True)


def _measured(world: World, prop: str, polymers: Sequence[str]) -> pd.DataFrame:
    rng, scale = world.rng("measurement noise", prop), SCALES[prop]
    of = np.repeat(np.arange(len(polymers)), rng.integers(1, 4, size=len(polymers)))
    value = scale.physical(world.truth(prop, polymers)[of] + MEASUREMENT_NOISE * rng.normal(size=len(of)))
    unusable = rng.random(len(of)) < UNUSABLE
    hot = unusable & (rng.random(len(of)) < 0.5)
    return pd.DataFrame(
        {
            "smiles": np.array(polymers)[of],
            "property": prop,
            "value": value.round(6),
            "unit": scale.unit,
            "temperature": np.where(hot, 400, rng.choice([293, 298, 300], size=len(of))),
            "state": np.where(unusable & ~hot, "semicrystalline", rng.choice(["amorphous", ""], size=len(of))),
            "reference": "made up",
        }
    )
