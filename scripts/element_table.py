"""Write src/simworth/features/elements.csv from the tables of mendeleev 1.3.0 and of matminer 0.10.1 (Magpie).

    pip install mendeleev==1.3.0 matminer==0.10.1 && python scripts/element_table.py

One row an element up to lawrencium, one column a feature in the source's unit; an empty field is not known.
"""

from __future__ import annotations

import contextlib
import math
import sqlite3
from importlib.metadata import distribution
from pathlib import Path
from typing import Final

from simworth.features.composition import TABLE

HEAVIEST: Final = 103
"""lawrencium: beyond it the tables hold next to nothing"""
MENDELEEV: Final = (
    "atomic_number",
    "period",
    "mendeleev_number",
    "atomic_weight",
    "atomic_radius",
    "atomic_radius_rahm",
    "covalent_radius_cordero",
    "covalent_radius_pyykko",
    "covalent_radius_pyykko_double",
    "covalent_radius_pyykko_triple",
    "vdw_radius",
    "vdw_radius_alvarez",
    "vdw_radius_mm3",
    "vdw_radius_uff",
    "dipole_polarizability",
    "c6_gb",
    "density",
    "specific_heat_capacity",
    "molar_heat_capacity",
    "thermal_conductivity",
    "evaporation_heat",
    "fusion_heat",
    "heat_of_formation",
    "lattice_constant",
    "electron_affinity",
    "en_pauling",
    "en_allen",
    "en_ghosh",
    "en_miedema",
)
"""columns of mendeleev's table `elements`, each in mendeleev's unit"""

MAGPIE: Final = (
    "AtomicVolume",
    "MolarVolume",
    "ICSDVolume",
    "BoilingT",
    "MeltingT",
    "BulkModulus",
    "ShearModulus",
    "MiracleRadius",
    "FirstIonizationEnergy",
    "SecondIonizationEnergy",
    "GSbandgap",
    "GSenergy_pa",
    "GSestBCClatcnt",
    "GSestFCClatcnt",
    "GSmagmom",
    "GSvolume_pa",
    "HHIp",
    "HHIr",
    "NValence",
    "NsValence",
    "NpValence",
    "NdValence",
    "NfValence",
    "NUnfilled",
    "NsUnfilled",
    "NpUnfilled",
    "NdUnfilled",
    "NfUnfilled",
    "Column",
)
"""tables of matminer's Magpie data, each in Magpie's unit"""


def mendeleev() -> list[tuple[str, list[float | None]]]:
    """Symbol and values of each element, read from the package's database."""
    path = Path(str(distribution("mendeleev").locate_file("mendeleev/elements.db")))
    columns = ", ".join(f'"{name}"' for name in MENDELEEV)
    query = f"SELECT symbol, {columns} FROM elements WHERE atomic_number <= ? ORDER BY atomic_number"
    with contextlib.closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as database:
        return [(row[0], list(row[1:])) for row in database.execute(query, (HEAVIEST,))]


def magpie() -> list[list[float | None]]:
    """Values of each feature; line Z of a table belongs to element Z, text stands for what is missing."""
    folder = Path(str(distribution("matminer").locate_file("matminer/utils/data_files/magpie_elementdata")))
    tables = [(folder / f"{name}.table").read_text(encoding="utf-8").splitlines() for name in MAGPIE]
    return [[number(line) for line in lines[:HEAVIEST]] for lines in tables]


def number(text: str) -> float | None:
    """None where the text is no number."""
    try:
        return float(text)
    except ValueError:
        return None


def field(value: float | None) -> str:
    """Shortest text that gives the same float64 again."""
    return "" if value is None or math.isnan(value) else repr(float(value))


def main() -> None:
    """Write the table."""
    right = list(zip(*magpie(), strict=True))
    rows = [
        ",".join([symbol, *map(field, left), *map(field, right[row])]) for row, (symbol, left) in enumerate(mendeleev())
    ]
    head = ",".join(["symbol", *MENDELEEV, *MAGPIE])
    TABLE.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
