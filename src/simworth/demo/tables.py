"""Tables of made-up databases: simulations and measurements of polymers, pairs and conductors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from simworth.demo.hidden import World
from simworth.demo.kinds import COMPOSITION, PAIR, TEMPERATURES, Pair
from simworth.demo.materials import compose_compositions, compose_polymers, compose_solvents


@dataclass(frozen=True)
class PropertyScale:
    """How a standard normal property is spread over physical values."""

    column: str
    """of the file of simulations"""
    unit: str
    """of both files"""
    centre: float
    spread: float
    """of one standard deviation, in `unit`"""

    def physical(self, standard: np.ndarray) -> np.ndarray:
        """Values in `unit`, four spreads from the centre at most."""
        return np.asarray(self.centre + 4 * self.spread * np.tanh(standard / 4))


SCALES: Final = {
    "density": PropertyScale("density", "g/cm^3", 1.15, 0.11),
    "refractive_index": PropertyScale("refractive_index", "", 1.55, 0.05),
    "heat_capacity": PropertyScale("Cp", "J/(kg K)", 1900.0, 250.0),
    "thermal_conductivity": PropertyScale("thermal_conductivity", "W/(m K)", 0.22, 0.03),
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


COMPOSITIONS: Final = 120
"""at most, since their fine-tuning takes many epochs; no more than polymers are simulated"""
LORENZ: Final = 2.44e-8
"""W Ohm / K^2"""
ROOM: Final = 300
"""K, where compositions are compared; a second temperature is there to be left out"""


def conductivities(world: World, size: int) -> pd.DataFrame:
    """Electrical (S/m) and thermal (W/(m K)) conductivity of each composition at 300 K and 400 K."""
    formulas = compose_compositions(min(size, COMPOSITIONS), world.rng("compositions"))
    electrical = 10 ** (4.5 + 0.8 * _of_conductors(world, "electrical", formulas))
    lattice = 10 ** (0.2 + 0.2 * _of_conductors(world, "lattice", formulas))
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


def _of_conductors(world: World, prop: str, formulas: list[str]) -> np.ndarray:
    noise = world.rng("measurement noise", prop).normal(size=len(formulas))
    return np.asarray(4 * np.tanh((world.truth(prop, formulas, COMPOSITION) + MEASUREMENT_NOISE * noise) / 4))


POLYMERS: Final = 20
SOLVENTS: Final = 20
SIMULATED: Final = 240
"""pairs at most; no more than polymers are simulated"""
MEASURED_PAIRS: Final = 60
"""pairs at most; a quarter of the simulated ones where those are fewer"""
CHI: Final = PropertyScale("chi", "", 0.6, 0.3)
ZERO_CELSIUS: Final = 273.15


def chi_tables(world: World, size: int, bias: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(simulated, measured) chi; all measured pairs are simulated too, as in the study."""
    simulated = _pairs(world, min(size, SIMULATED))
    measured = simulated[: min(MEASURED_PAIRS, len(simulated) // 4)]
    truth = world.truth("chi", measured, PAIR)
    truth = truth + MEASUREMENT_NOISE * world.rng("measurement noise", "chi").normal(size=len(truth))
    names = ["with oxygen" if "O" in polymer else "without oxygen" for polymer, _, _ in measured]
    biased = world.simulated("chi", simulated, bias, PAIR)
    return _table(simulated, biased), _table(measured, truth).assign(polymer_class=names)


def _pairs(world: World, count: int) -> list[Pair]:
    """Distinct pairs in random order, each at one temperature."""
    rng = world.rng("pairs")
    polymers, solvents = compose_polymers(POLYMERS, rng), compose_solvents(SOLVENTS, rng)
    drawn = rng.permutation(POLYMERS * SOLVENTS)[:count]
    kelvin = rng.choice(TEMPERATURES, size=count)
    return [(polymers[k // SOLVENTS], solvents[k % SOLVENTS], float(at)) for k, at in zip(drawn, kelvin, strict=True)]


def _table(pairs: list[Pair], standard: np.ndarray) -> pd.DataFrame:
    polymers, solvents, kelvin = zip(*pairs, strict=True)
    return pd.DataFrame(
        {
            "ps_pair": [f"{polymer}_{solvent}" for polymer, solvent in zip(polymers, solvents, strict=True)],
            "temp": np.round(np.array(kelvin) - ZERO_CELSIUS, 2),
            "chi": CHI.physical(standard).round(6),
        }
    )


RELEASE: Final = "made-up"
SERVED: Final = {
    ("radonpy", "polyinfo"): frozenset(SCALES),
    ("cosmors", "cosmors"): frozenset({"chi"}),
    ("starrydata", "starrydata"): frozenset({"thermal_conductivity_inorganic", "electrical_conductivity"}),
}
"""(source, target) databases -> properties that can be made up"""
DATABASES: Final = {
    "radonpy": (RELEASE,),
    "polyinfo": (RELEASE,),
    "cosmors": (RELEASE, f"{RELEASE}-measured"),
    "starrydata": (RELEASE,),
}
"""database -> its made-up releases, in order of precedence"""


@dataclass(frozen=True)
class MadeUp:
    """One release of a made-up database."""

    database: str
    release: str
    reader: str
    file: str
    table: pd.DataFrame


def made_up(world: World, size: int, bias: float) -> tuple[MadeUp, ...]:
    """All releases of a world in which `size` polymers are simulated."""
    polymers = choose_polymers(world, size)
    simulated, measured = chi_tables(world, size, bias)
    chi, chi_measured = DATABASES["cosmors"]
    polymer_tables = simulations(world, polymers.simulated, bias), measurements(world, polymers.measured)
    return (
        MadeUp("radonpy", RELEASE, "PI1070", "simulations.csv", polymer_tables[0]),
        MadeUp("polyinfo", RELEASE, "polyinfo", "measurements.csv", polymer_tables[1]),
        MadeUp("cosmors", chi, "chi-simulated", "simulated.csv", simulated),
        MadeUp("cosmors", chi_measured, "chi-measured", "measured.csv", measured),
        MadeUp("starrydata", RELEASE, "starrydata-2019", "interpolated.csv", conductivities(world, size)),
    )
