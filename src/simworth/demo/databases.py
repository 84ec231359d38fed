"""The made-up databases: their releases, the readers of their files, and the transfers that they can serve."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pandas as pd

from simworth.demo.hidden import World
from simworth.demo.tables import SCALES, chi_tables, choose_polymers, conductivities, measurements, simulations

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
