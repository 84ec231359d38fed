"""Releases of the RadonPy consortium: PI1070 (2022) and PolyOmics (2025 and later)."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pandas as pd

from simworth.data.mapping import ValueColumn
from simworth.data.polymer_classes import class_name
from simworth.data.readers.reader import Context, each_file, load, melt, reader
from simworth.data.tables import is_empty

_UNITS: Final = {
    "density": ("density", "g/cm^3"),
    "heat_capacity": ("Cp", "J/(kg K)"),
    "refractive_index": ("refractive_index", ""),
    "thermal_conductivity": ("thermal_conductivity", "W/(m K)"),
}
_PI1070: Final = {
    prop: ValueColumn(column=name, unit=unit, spread=f"{name}_std", replicates=f"{name}_count")
    for prop, (name, unit) in _UNITS.items()
}


@reader(
    "PI1070",
    kind="polymer",
    role="simulation",
    summary="RadonPy's PI1070.csv: mean, std and count of each property per homopolymer",
    needed=("smiles",),
)
@each_file
def read_pi1070(path: Path, context: Context) -> pd.DataFrame:
    """Columns density g/cm3, Cp J/(kg K), refractive_index, thermal_conductivity W/(m K), with _std and _count."""
    names = [name for one in _PI1070.values() for name in (one.column, one.spread, one.replicates)]
    optional = ["monomer_ID", "polymer_class", "temp", *names]
    frame = load(path, ["smiles"], optional, names, context)
    frame = frame.assign(
        written=frame["smiles"],
        material_class=_classes(frame),
        temperature=frame.get("temp", ""),
    )
    return melt(frame, _PI1070, context, protocol="RadonPy GAFF2_mod")


_POLYOMICS: Final = {
    prop: ValueColumn(column=name, unit=unit, converged="check_tc" if prop == "thermal_conductivity" else "check_eq")
    for prop, (name, unit) in _UNITS.items()
}
_PROTOCOL: Final = ("forcefield", "RadonPy_ver", "preset_eq_ver", "preset_tc_ver", "tacticity")
_OTHERS: Final = ("smiles_2", "smiles_3", "smiles_4")


@reader(
    "PolyOmics",
    kind="polymer",
    role="simulation",
    summary="PolyOmics general_polymers: one run a record, replicates apart, with convergence flags",
    needed=("smiles_list",),
)
@each_file
def read_polyomics(path: Path, context: Context) -> pd.DataFrame:
    """One value per run and property. `check_tc` speaks for thermal conductivity, `check_eq` for the rest; only True
    counts as converged. Records with a second monomer are no homopolymers and are counted."""
    names = [one.column for one in _POLYOMICS.values()]
    flags = ("check_eq", "check_tc", "copoly_ratio_list")
    optional = ["UUID", "monomer_ID", "polymer_class", "temp", *_PROTOCOL, *_OTHERS, *flags, *names]
    frame = load(path, ["smiles_list"], optional, [*names, "temp"], context)
    frame = frame.assign(
        written=frame["smiles_list"],
        material_class=_classes(frame),
        temperature=frame.get("temp", ""),
        protocol=_protocols(frame),
        several=_several(frame),
    )
    found = melt(frame, _POLYOMICS, context)
    several = found[["file", "row"]].merge(frame[["file", "row", "several"]], on=["file", "row"])["several"]
    return context.tally.keep(found, ~several, "copolymer or several monomers", "written")


def _several(frame: pd.DataFrame) -> pd.Series:
    """Records of more than one monomer: `copoly_type` says 'random' of homopolymers too, so it is not asked."""
    more = pd.Series(False, frame.index)
    for name in _OTHERS:
        if name in frame:
            more |= ~is_empty(frame[name])
    ratios = frame["copoly_ratio_list"].str.contains(r"[,/]") if "copoly_ratio_list" in frame else False
    return more | ratios | frame["smiles_list"].str.contains(",", regex=False)


def _protocols(frame: pd.DataFrame) -> pd.Series:
    """'forcefield=GAFF2_mod; RadonPy_ver=0.2.10; ...', for source.filter."""
    kept = [name for name in _PROTOCOL if name in frame]
    if not kept:
        return pd.Series("", frame.index, dtype=object)
    distinct = frame[kept].drop_duplicates()
    words = [
        "; ".join(f"{name}={value}" for name, value in record.items() if value)
        for record in distinct.to_dict("records")
    ]
    named = dict(zip(distinct.itertuples(index=False, name=None), words, strict=True))
    return pd.Series([named[key] for key in frame[kept].itertuples(index=False, name=None)], frame.index, dtype=object)


def _classes(frame: pd.DataFrame) -> pd.Series:
    if "polymer_class" not in frame:
        return pd.Series("", frame.index, dtype=object)
    names = {number: class_name(number) for number in frame["polymer_class"].unique()}
    return frame["polymer_class"].map(names)
