"""The open stand-ins for measured polymers: OpenPoly and rhnet."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pandas as pd

from simworth.data.mapping import ValueColumn
from simworth.data.readers.reader import Context, each_file, load, load_beside, melt, reader
from simworth.data.tables import is_empty
from simworth.errors import SimworthError

_OPENPOLY: Final = {
    "refractive_index": ValueColumn(column="Refractive Index"),
    "thermal_conductivity": ValueColumn(column="Thermal Conductivity (W/m K)", unit="W/(m K)"),
}
_SAMPLE: Final = ("polymer", "cryst", "dens")
_PROVENANCE: Final = ("mn", "mw", "tg", "doi", "notes")


@reader(
    "openpoly",
    kind="polymer",
    role="experiment",
    summary="OpenPoly's literature table: one record per polymer name, no conditions",
    needed=("PSMILES",),
)
@each_file
def read_openpoly(path: Path, context: Context) -> pd.DataFrame:
    """Refractive Index and Thermal Conductivity (W/m K); synonyms of one polymer are several measurements of it."""
    names = [one.column for one in _OPENPOLY.values()]
    frame = load(path, ["PSMILES"], ["Name", *names], names, context)
    return melt(frame.assign(written=frame["PSMILES"]), _OPENPOLY, context)


@reader(
    "rhnet",
    kind="polymer",
    role="experiment",
    summary="rhnet's gas sorption experiments and its list of polymers (two files)",
    needed=_SAMPLE,
)
def read_rhnet(paths: Sequence[Path], context: Context) -> pd.DataFrame:
    """Measured density of amorphous samples.

    A sample's density stands on each of its sorption points; a sample counts once. The sorption temperature is not
    the density's.
    """
    lists = [path for path in paths if "list" in path.name.lower()]
    samples = [path for path in paths if path not in lists]
    if len(lists) != 1 or len(samples) != 1:
        names = ", ".join(path.name for path in paths)
        raise SimworthError(f"needs two files, the experiments and the list of polymers (*list*), got: {names}")
    smiles = _list_of_polymers(lists[0], context)
    frame = load(samples[0], _SAMPLE, _PROVENANCE, ["cryst", "dens"], context)
    frame = frame.assign(written=frame["polymer"].map(smiles))
    found = melt(frame.fillna({"written": ""}), {"density": ValueColumn(column="dens", unit="g/cm^3")}, context)
    found = found.join(frame.set_index(["file", "row"])[["polymer", "cryst"]], on=["file", "row"])
    found = context.tally.keep(found, found["written"] != "", "polymer number is not in the list", "polymer")
    amorphous = pd.to_numeric(found["cryst"], errors="coerce") == 0
    stated = ~is_empty(found["cryst"])
    found = context.tally.keep(found, stated, "crystallinity not stated", "cryst")
    found = context.tally.keep(found, amorphous[found.index], "crystalline sample", "cryst")
    return found.drop(columns=["polymer", "cryst"]).assign(protocol="amorphous")


def _list_of_polymers(path: Path, context: Context) -> dict[str, str]:
    """Polymer number -> SMILES. Its records hold no values and count apart, as a note."""
    frame = load_beside(path, ["polymer", "SMILES"], ["SMILES"], context)
    context.tally.notes.append(f"file {path.name!r}: {len(frame)} polymers listed")
    if frame["polymer"].duplicated().any():
        first = frame[frame["polymer"].duplicated()].iloc[0]
        raise SimworthError(
            f"file {path.name!r}: row {first['row']} lists polymer {first['polymer']} again with another SMILES; "
            "keep the right one"
        )
    return dict(zip(frame["polymer"], frame["SMILES"], strict=True))
