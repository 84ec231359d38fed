"""Polymer-solvent interaction parameters: simulated by COSMO-RS and measured, one pair and temperature a record."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pandas as pd

from simworth.data.kinds import KINDS
from simworth.data.mapping import ValueColumn
from simworth.data.plausibility import kelvins
from simworth.data.readers.reader import Context, each_file, load, melt, reader
from simworth.data.tables import is_empty

NEEDED: Final = ("ps_pair", "temp", "chi")
_PAIRS: Final = "polymer and solvent joined by '_', the polymer as ring of repeat units or repeat unit, temp in Celsius"


@reader("chi-simulated", kind="pair", role="simulation", summary=f"COSMO-RS chi: {_PAIRS}", needed=NEEDED)
@reader("chi-measured", kind="pair", role="experiment", summary=f"measured chi: {_PAIRS}, polymer_class", needed=NEEDED)
@each_file
def read_chi(path: Path, context: Context) -> pd.DataFrame:
    """MTL_ChiParameter's data_COSMO.csv, the full set of the same columns, and data_Chi.csv with classes of polymers.

    `polymer_class` of simulations is not read: it contradicts the measured file on nearly all polymers.
    """
    optional = ["ps_pair_nonCyclic", *(["polymer_class"] if context.role == "experiment" else [])]
    frame = load(path, NEEDED, optional, ["temp", "chi"], context)
    pair = frame["ps_pair"]
    if "ps_pair_nonCyclic" in frame:
        pair = pair.where(is_empty(frame["ps_pair_nonCyclic"]), frame["ps_pair_nonCyclic"])
    sides = [text.rpartition("_") for text in pair]
    frame = frame.assign(
        written=[polymer for polymer, _, _ in sides],
        partner=[solvent for _, _, solvent in sides],
        temperature=frame["temp"],
        material_class=frame.get("polymer_class", ""),
    )
    found = melt(frame, {"chi": ValueColumn(column="chi")}, context)
    found = kelvins(found, context.unit("temperature", "degC"), KINDS["pair"].temperatures, context.tally)
    return context.tally.keep(found, found["written"] != "", "no '_' between polymer and solvent", "partner")
