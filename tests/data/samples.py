"""For every reader a small valid release, with the values that must come out of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from tests.data.frames import FORMULAS, curves_frames, polyomics_frame
from tests.data.sample import POLYMERS, Sample, write
from tests.data.table_samples import (
    table_compositions,
    table_long,
    table_molecules,
    table_pairs,
    table_two_molecules,
    table_wide,
)


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


def polyomics(folder: Path) -> Sample:
    frame = polyomics_frame(list(POLYMERS))
    names = {"density": "density", "Cp": "heat_capacity", "refractive_index": "refractive_index"}
    names |= {"thermal_conductivity": "thermal_conductivity"}
    expected = {
        (structure, prop): [float(frame.loc[row, column])]
        for row, structure in enumerate(POLYMERS.values())
        for column, prop in names.items()
    }
    path = write(folder / "general_polymers.csv", frame)
    return Sample([path], 0, "smiles_list", "density", "1132.4", expected)


def ring(unit: str) -> str:
    """Ten repeat units closed to a ring; `unit` begins and ends with `*`."""
    chain = unit[1:-1] * 10
    return f"{chain[0]}%99{chain[1:]}%99"


def _chi(folder: Path, measured: bool) -> Sample:
    rows, expected = [], {}
    for number, unit in enumerate(["*CC(C)*", "*OCC*", "*CC(Cl)*", "*CC(c1ccccc1)*"]):
        structure = POLYMERS.get(unit) or {"*CC(C)*": "*CC(*)C", "*CC(Cl)*": "*CC(*)Cl"}.get(unit, "*CC(*)c1ccccc1")
        for solvent, form in (("OCC", "CCO"), ("C1CCCCC1", "C1CCCCC1")):
            open_pair = f"{unit}_{solvent}" if number % 2 or measured else ""
            value = 0.1 + number / 10
            row = {
                "": len(rows),
                "ps_pair": f"{ring(unit)}_{solvent}",
                "ps_pair_nonCyclic": open_pair,
                "temp": 25 + number,
            }
            rows.append(row | {"chi": value, "polymer_class": f"class {number}", "SIGN3": ""})
            expected[f"{structure}|{form}", "chi"] = [value]
    path = write(folder / "chi.csv", pd.DataFrame(rows))
    column = "ps_pair_nonCyclic" if measured else "ps_pair"
    return Sample([path], 0, column, "chi", "99", expected)


def chi_simulated(folder: Path) -> Sample:
    return _chi(folder, measured=False)


def chi_measured(folder: Path) -> Sample:
    return _chi(folder, measured=True)


def starrydata_2019(folder: Path) -> Sample:
    rows, expected = [], {}
    for number, (written, formula) in enumerate(FORMULAS.items()):
        row = {"sampleid": number, "composition": written, "Temperature": 300, "Seebeck coefficient": 1e-5}
        row |= {"Thermal conductivity": 1.5 + number, "ZT": 0.1, "Electrical conductivity": 1e4 + number}
        rows.append(row)
        expected[formula, "thermal_conductivity_inorganic"] = [1.5 + number]
        expected[formula, "electrical_conductivity"] = [1e4 + number]
    path = write(folder / "interpolated.csv", pd.DataFrame(rows))
    return Sample([path], 0, "composition", "Electrical conductivity", "1e12", expected)


def starrydata_curves(folder: Path) -> Sample:
    curves, samples, _, expected = curves_frames(quoted=False, figure_name=True)
    paths = [write(folder / "starrydata_curves.csv", curves), write(folder / "starrydata_samples.csv", samples)]
    return Sample(paths, 0, "composition", "y", "[1e200, 1e200, 1e200]", expected, "1e+200")


SAMPLES: dict[str, Callable[[Path], Sample]] = {
    "PI1070": pi1070,
    "PolyOmics": polyomics,
    "chi-measured": chi_measured,
    "chi-simulated": chi_simulated,
    "openpoly": openpoly,
    "polyinfo": polyinfo,
    "rhnet": rhnet,
    "simulations": simulations,
    "starrydata-2019": starrydata_2019,
    "starrydata-curves": starrydata_curves,
    "table": table_wide,
    "table:composition": table_compositions,
    "table:long": table_long,
    "table:molecule": table_molecules,
    "table:pair": table_pairs,
    "table:two molecules": table_two_molecules,
}
