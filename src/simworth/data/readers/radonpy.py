"""Releases of the RadonPy consortium: PI1070 (2022)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pandas as pd

from simworth.data.classes import class_name
from simworth.data.readers.registry import Context, load, reader
from simworth.data.readers.wide import Column, melt

_UNITS: Final = {
    "density": ("density", "g/cm^3"),
    "heat_capacity": ("Cp", "J/(kg K)"),
    "refractive_index": ("refractive_index", ""),
    "thermal_conductivity": ("thermal_conductivity", "W/(m K)"),
}
_PI1070: Final = tuple(
    Column(prop, name, unit, spread=f"{name}_std", replicates=f"{name}_count") for prop, (name, unit) in _UNITS.items()
)


@reader(
    "PI1070",
    kind="polymer",
    summary="RadonPy's PI1070.csv: mean, std and count of each property per homopolymer",
    needed=("smiles",),
)
def read_pi1070(paths: Sequence[Path], context: Context) -> pd.DataFrame:
    """Columns density g/cm3, Cp J/(kg K), refractive_index, thermal_conductivity W/(m K), with _std and _count."""
    names = [name for column in _PI1070 for name in (column.name, column.spread, column.replicates)]
    optional = ["monomer_ID", "polymer_class", "temp", *names]
    parts = []
    for path in paths:
        frame = load(path, ["smiles"], optional, names, context).frame
        classes = frame["polymer_class"] if "polymer_class" in frame else pd.Series("", frame.index)
        frame = frame.assign(
            written=frame["smiles"],
            material_class=[class_name(number) for number in classes],
            temperature=frame.get("temp", ""),
        )
        parts.append(melt(frame, _PI1070, context, role="simulation", protocol="RadonPy GAFF2_mod"))
    return pd.concat(parts, ignore_index=True)
