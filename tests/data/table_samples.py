"""Samples of the reader `table`, one for every kind and form, with their mappings."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from simworth.data.readers import LongColumns, TableMapping, ValueColumn
from tests.data.frames import FORMULAS
from tests.data.sample import POLYMERS, Sample, write

TABLES: dict[str, TableMapping] = {
    "table": TableMapping(
        kind="polymer",
        role="experiment",
        structure="PSMILES",
        temperature="T",
        temperature_unit="degC",
        temperature_range=(273, 323),
        state="phase",
        states=("amorphous",),
        values={
            "density": ValueColumn(column="rho, kg/m3", unit="kg/m3", spread="s"),
            "refractive_index": ValueColumn(column="n"),
        },
    ),
    "table:molecule": TableMapping(
        kind="molecule",
        role="simulation",
        structure="SMILES",
        comment="#",
        values={"density": ValueColumn(column="rho", unit="g/ccm", converged="done")},
    ),
    "table:long": TableMapping(
        kind="composition",
        role="experiment",
        structure="formula",
        long=LongColumns(property="what", value="number", unit="unit", names={"sigma": "electrical_conductivity"}),
    ),
    "table:composition": TableMapping(
        kind="composition",
        role="simulation",
        structure="formula",
        values={"electrical_conductivity": ValueColumn(column="sigma", unit="S/cm")},
    ),
    "table:pair": TableMapping(
        kind="pair",
        role="experiment",
        structure="polymer",
        partner="solvent",
        temperature="T",
        temperature_unit="degC",
        values={"chi": ValueColumn(column="chi")},
    ),
    "table:two molecules": TableMapping(
        kind="molecule-pair",
        role="experiment",
        structure="solute",
        partner="solvent",
        temperature="T",
        values={"chi": ValueColumn(column="chi")},
    ),
}
"""sample -> its mapping"""
MOLECULES = {"OCC": "CCO", "C1=CC=CC=C1": "c1ccccc1", "CC(O)=O": "CC(=O)O", "C[N+](C)(C)C.[Cl-]": "C[N+](C)(C)C.[Cl-]"}


def table_wide(folder: Path) -> Sample:
    rows, expected = [], {}
    for number, (written, structure) in enumerate(POLYMERS.items()):
        rows.append({"id": number, "PSMILES": written, "T": 25, "phase": "Amorphous", "rho, kg/m3": 900.0 + number})
        rows[-1] |= {"s": 10.0, "n": 1.4 + number / 50}
        expected[structure, "density"] = [(900.0 + number) / 1000]
        expected[structure, "refractive_index"] = [1.4 + number / 50]
    return Sample([write(folder / "wide.csv", pd.DataFrame(rows))], 0, "PSMILES", "n", "87", expected)


def table_molecules(folder: Path) -> Sample:
    rows = [{"SMILES": one, "rho": 0.8 + number / 10, "done": "yes"} for number, one in enumerate(MOLECULES)]
    expected = {(form, "density"): [0.8 + number / 10] for number, form in enumerate(MOLECULES.values())}
    return Sample([write(folder / "m.csv", pd.DataFrame(rows))], 0, "SMILES", "rho", "1132.4", expected)


def table_long(folder: Path) -> Sample:
    rows, expected = [], {}
    for number, (written, formula) in enumerate(FORMULAS.items()):
        rows.append({"formula": written, "what": "sigma", "number": 10.0 + number, "unit": "S/cm"})
        expected[formula, "electrical_conductivity"] = [(10.0 + number) * 100]
    return Sample([write(folder / "long.csv", pd.DataFrame(rows))], 0, "formula", "number", "1e12", expected)


def table_compositions(folder: Path) -> Sample:
    rows, expected = [], {}
    for number, (written, formula) in enumerate(FORMULAS.items()):
        rows.append({"formula": written, "sigma": 10.0 + number})
        expected[formula, "electrical_conductivity"] = [(10.0 + number) * 100]
    return Sample([write(folder / "c.csv", pd.DataFrame(rows))], 0, "formula", "sigma", "1e12", expected)


def _table_of_pairs(folder: Path, first: dict[str, str], column: str) -> Sample:
    rows, expected = [], {}
    for number, (written, form) in enumerate(first.items()):
        rows.append({column: written, "solvent": "OCC", "T": 300 - 273 * (column == "polymer"), "chi": 0.1 + number})
        expected[f"{form}|CCO", "chi"] = [0.1 + number]
    return Sample([write(folder / "pairs.csv", pd.DataFrame(rows))], 0, column, "chi", "99", expected)


def table_pairs(folder: Path) -> Sample:
    return _table_of_pairs(folder, POLYMERS, "polymer")


def table_two_molecules(folder: Path) -> Sample:
    return _table_of_pairs(folder, MOLECULES, "solute")
