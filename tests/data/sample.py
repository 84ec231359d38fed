"""What a sample of a release is, and the properties and polymers that samples hold."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from simworth.config import Property

PROPERTIES = {
    "density": Property(unit="g/cm^3", range=(0.3, 3.0)),
    "refractive_index": Property(unit="", range=(1.2, 2.2)),
    "heat_capacity": Property(unit="J/(kg K)", range=(300.0, 8000.0)),
    "thermal_conductivity": Property(unit="W/(m K)", range=(0.05, 1.0)),
    "chi": Property(unit="", range=(-5.0, 10.0)),
    "electrical_conductivity": Property(unit="S/m", range=(1e-12, 1e9), scale="log10"),
    "thermal_conductivity_inorganic": Property(unit="W/(m K)", range=(0.01, 5000.0)),
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
    shown: str = ""
    """how an example shows the absurd value, where not as written"""


def write(path: Path, frame: pd.DataFrame) -> Path:
    """A CSV file as pandas writes it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    frame.to_csv(path, index=False)
    return path
