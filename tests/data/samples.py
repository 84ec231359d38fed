"""For every reader a small valid release, with the values that must come out of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from simworth.config import Property

PROPERTIES = {
    "density": Property(unit="g/cm^3", range=(0.3, 3.0)),
    "refractive_index": Property(unit="", range=(1.2, 2.2)),
    "heat_capacity": Property(unit="J/(kg K)", range=(300.0, 8000.0)),
    "thermal_conductivity": Property(unit="W/(m K)", range=(0.05, 1.0)),
}
POLYMERS = {
    "*CC*": "*C*",
    "*C(C*)C": "*CC(*)C",
    "*CC(*)c1ccccc1": "*CC(*)c1ccccc1",
    "*OCC*": "*COC*",
    "*CC(*)Cl": "*CC(*)Cl",
    "*C(C*)(C)C(=O)OC": "*CC(*)(C)C(=O)OC",
}
"""repeat unit as written -> canonical"""

Key = tuple[str, str]


@dataclass(frozen=True)
class Sample:
    """A valid release on disk."""

    paths: list[Path]
    main: int
    """which of the paths holds the values; the fuzz corrupts it"""
    structure_column: str
    value_column: str
    """a column of values, in the reader's own unit, whose property has a range"""
    absurd: str
    """a value of that column that no range allows"""
    expected: dict[Key, list[float]]
    """(item, property) -> sorted values that must come out"""


def write(path: Path, frame: pd.DataFrame) -> Path:
    """A CSV file as pandas writes it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    frame.to_csv(path, index=False)
    return path


def pi1070(folder: Path) -> Sample:
    rows, expected = [], {}
    for number, (written, structure) in enumerate(POLYMERS.items()):
        density, cp, index, conductivity = 0.9 + number / 20, 1500.0 + number, 1.4 + number / 50, 0.2 + number / 100
        rows.append(
            {"monomer_ID": number, "smiles": written, "temp": 300, "density": density, "density_std": 0.01}
            | {"density_count": 5, "Rg": 20.5, "Cp": cp, "Cp_std": 30.0, "Cp_count": 4, "refractive_index": index}
            | {"refractive_index_std": 0.004, "refractive_index_count": 5, "thermal_conductivity": conductivity}
            | {"thermal_conductivity_std": 0.01, "thermal_conductivity_count": 5, "polymer_class": 1 + number}
        )
        expected[structure, "density"] = [density]
        expected[structure, "heat_capacity"] = [cp]
        expected[structure, "refractive_index"] = [index]
        expected[structure, "thermal_conductivity"] = [conductivity]
    path = write(folder / "PI1070.csv", pd.DataFrame(rows))
    return Sample([path], 0, "smiles", "density", "1132.4", expected)


def openpoly(folder: Path) -> Sample:
    rows, expected = [], {}
    for number, (written, structure) in enumerate(POLYMERS.items()):
        index, conductivity = 1.4 + number / 50, 0.2 + number / 100
        rows.append(
            {"Name": f"poly {number}, P{number}", "PSMILES": written.replace("*", "[*]"), "Tg (K)": 300 + number}
            | {"Refractive Index": index, "Thermal Conductivity (W/m K)": conductivity, "PSMILES_2": written}
        )
        expected[structure, "refractive_index"] = [index]
        expected[structure, "thermal_conductivity"] = [conductivity]
    path = write(folder / "openpoly.csv", pd.DataFrame(rows))
    return Sample([path], 0, "PSMILES", "Refractive Index", "87", expected)


def rhnet(folder: Path) -> Sample:
    rows, expected = [], {}
    for number, structure in enumerate(POLYMERS.values()):
        for point in range(2 if number == 5 else 1):
            sample = {"expno": 2 * number + point, "polymer": number, "mn": 1e4, "mw": 2e4, "cryst": 0, "tg": 300}
            rows.append(sample | {"dens": 0.9 + number / 20, "pressure": point, "doi": "10.1/x", "notes": "a, b"})
        expected[structure, "density"] = [0.9 + number / 20]
    polymers = pd.DataFrame({"polymer": range(len(POLYMERS)), "SMILES": list(POLYMERS)})
    paths = [write(folder / "experiments.csv", pd.DataFrame(rows)), write(folder / "list_of_polymers.csv", polymers)]
    return Sample(paths, 0, "polymer", "dens", "1132.4", expected)


def _long(folder: Path, columns: dict[str, str]) -> Sample:
    rows, expected = [], {}
    for number, (written, structure) in enumerate(POLYMERS.items()):
        rows.append({"smiles": written, "property": "density", "value": 900.0 + number, "unit": "kg/m^3"} | columns)
        rows.append({"smiles": written, "property": "heat_capacity", "value": 1.5, "unit": "J/(g K)"} | columns)
        expected[structure, "density"] = [(900.0 + number) / 1000]
        expected[structure, "heat_capacity"] = [1500.0]
    path = write(folder / "table.csv", pd.DataFrame(rows))
    return Sample([path], 0, "smiles", "value", "1e7", expected)


def polyinfo(folder: Path) -> Sample:
    return _long(folder, {"temperature": "298", "state": "amorphous", "reference": "A paper, 1999"})


def simulations(folder: Path) -> Sample:
    return _long(folder, {"temperature": "300", "spread": "0.5", "replicates": "3", "protocol": "GAFF2"})


SAMPLES: dict[str, Callable[[Path], Sample]] = {
    "PI1070": pi1070,
    "openpoly": openpoly,
    "rhnet": rhnet,
    "polyinfo": polyinfo,
    "simulations": simulations,
}
