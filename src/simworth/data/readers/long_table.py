"""The long table, one value a record: a user's PoLyInfo export, or simulations of one's own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pandas as pd

from simworth.data.kinds import KINDS
from simworth.data.plausibility import kelvins
from simworth.data.readers.reader import Context, candidates, converged, load, reader
from simworth.data.tables import is_empty

NEEDED: Final = ("smiles", "property", "value", "unit")
MEASURED: Final = ("temperature", "state", "reference")
SIMULATED: Final = ("temperature", "spread", "replicates", "converged", "material_class", "protocol")
NUMBERS: Final = ("value", "temperature", "spread", "replicates")
WINDOW: Final = (273.0, 323.0)
"""K; measurements at stated temperatures outside are not used"""


@reader(
    "polyinfo",
    kind="polymer",
    role="experiment",
    summary="measurements as a long table: smiles, property, value, unit [, temperature, state, reference]",
    needed=NEEDED,
)
def read_measurements(paths: Sequence[Path], context: Context) -> pd.DataFrame:
    """Amorphous or unstated state, 273 to 323 K or unstated; units as each record states them."""
    found = _long(paths, MEASURED, context)
    state = found["state"].str.lower()
    found = context.tally.keep(found, state.isin(("", "amorphous", "unstated", "unknown")), "not amorphous", "state")
    kelvin = pd.to_numeric(found["temperature"], errors="coerce")
    inside = (found["temperature"] == "") | kelvin.isna() | kelvin.between(*WINDOW)
    found = context.tally.keep(found, inside, "measured outside 273 to 323 K", "temperature")
    return found.assign(protocol=found["state"]).drop(columns="state")


@reader(
    "simulations",
    kind="polymer",
    role="simulation",
    summary="simulations as a long table: smiles, property, value, unit [, temperature, spread, replicates, ...]",
    needed=NEEDED,
)
def read_simulations(paths: Sequence[Path], context: Context) -> pd.DataFrame:
    """Values of one's own simulations; `converged` yes or no, '' is yes, `protocol` for source.filter."""
    return _long(paths, SIMULATED, context)


def _long(paths: Sequence[Path], optional: Sequence[str], context: Context) -> pd.DataFrame:
    parts = []
    for path in paths:
        frame = load(path, NEEDED, optional, NUMBERS, context)
        for name in ("unit", *optional):
            cells = frame[name] if name in frame else pd.Series("", frame.index, dtype=object)
            frame[name] = cells.mask(is_empty(cells), "")
        if "converged" in frame:
            frame["converged"] = (frame["converged"] == "") | converged(frame["converged"], context)
        frame["written"] = frame["smiles"]
        frame["property"] = frame["property"].map(context.property)
        frame["column"] = "value"
        frame["unit"] = [context.unit(*pair) for pair in zip(frame["property"], frame["unit"], strict=True)]
        found = frame[~is_empty(frame["value"])]
        table = candidates(frame, found, context).join(found.filter(["state"]))
        parts.append(kelvins(table, context.unit("temperature", "K"), KINDS["polymer"].temperatures, context.tally))
    return pd.concat(parts, ignore_index=True)
