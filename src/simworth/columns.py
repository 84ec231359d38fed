"""The tables that stages hand to each other: their columns, in order, with meaning and unit.

Every table is a long parquet file. A column is added here or nowhere.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simworth.errors import did_you_mean

CLEAN_COLUMNS: Final = {
    "role": "simulation | experiment",
    "property": "name of the property, a key of `properties` in params.yaml",
    "item": "identity of the material: canonical structure; chi: polymer and solvent joined by '|'",
    "structure": "canonical structure: SMILES with two '*' (polymer) or reduced formula (composition)",
    "partner": "canonical SMILES of the solvent (chi), else ''",
    "temperature": "K, NaN where the release does not say",
    "value": "in the property's unit",
    "spread": "standard deviation between the replicates behind this value, in the property's unit, or NaN",
    "replicates": "number of replicates behind this value, 1 where the release does not say",
    "converged": "False where the release says that the simulation did not converge",
    "material_class": "class of the material by name (PoLyInfo or chi class), '' where unknown",
    "protocol": "how it was simulated or measured (force field, state, ...), '' where unknown",
    "release": "name of the release",
    "file": "name of the file in the snapshot",
    "row": "1-based line of the record in its file, header counted",
}
"""One row per accepted value; replicates and repeated measurements are still apart."""

SAMPLE_COLUMNS: Final = {
    "side": "source | target",
    "material": "what splits and source sets are made of: the item; of simulated pairs, the item and its temperature",
    "item": CLEAN_COLUMNS["item"],
    "structure": CLEAN_COLUMNS["structure"],
    "partner": CLEAN_COLUMNS["partner"],
    "temperature": "K, the median of the values behind it, NaN where the release does not say",
    "value": "median of the material's values, on the scale of its side",
    "simulated": "source value of the same sample, on the source's scale, NaN where there is none",
    "spread": "standard deviation of the replicates behind it, told from several records by these, in the unit, or NaN",
    "replicates": "number of replicates behind it",
    "material_class": CLEAN_COLUMNS["material_class"],
    "group": "of measured materials, what is held out whole with it, by the task's split; else the material itself",
}
"""`data/prepared/<task>/samples.parquet`: what a task learns from and is tested on, source first."""

TRIAL_COLUMNS: Final = {
    "learning": "transfer | direct | multitask",
    "n": "simulated samples; 0 for direct learning",
    "m": "measured samples on the training side, validation included",
    "trial": "number of the trial, from 0",
    "seed": "64-bit seed of the trial",
    "status": "ok | failed",
    "reason": "why it failed, '' where ok",
    "mae": "mean absolute error on the trial's test set, in the property's unit",
    "rmse": "root mean squared error, in the property's unit",
    "r2": "coefficient of determination",
    "n_test": "measured samples in the trial's test set",
    "pretrain_epochs": "epochs run before early stopping, 0 without pretraining",
    "finetune_epochs": "epochs run before early stopping",
}
"""`results/trials/<task>.parquet`: one row per (learning, n, m, trial), sorted by these four."""

PREDICTION_COLUMNS: Final = {
    "learning": TRIAL_COLUMNS["learning"],
    "n": TRIAL_COLUMNS["n"],
    "m": TRIAL_COLUMNS["m"],
    "trial": TRIAL_COLUMNS["trial"],
    "item": CLEAN_COLUMNS["item"],
    "y_true": "measured value, in the property's unit",
    "y_pred": "predicted value, in the property's unit",
    "y_sim": "simulated value where the same material is simulated, else NaN",
}
"""`results/predictions/<task>.parquet`: one row per test material of a trial, sorted like the trials, then by item."""


@dataclass(frozen=True)
class Quantity:
    """What a column of values holds, so that nobody has to guess its scale."""

    property: str
    """a key of `properties` in params.yaml"""
    unit: str
    """of the property; '' for a dimensionless one"""
    scale: Literal["linear", "log10"]
    """log10: the column holds decimal logarithms of values in `unit`"""

    def error_unit(self) -> str:
        """Unit of a difference between two values: its own, or that of its decimal logarithm."""
        if self.scale == "linear":
            return self.unit
        return f"log10({self.unit})" if self.unit else "log10"

    def log10(self, values: ArrayLike) -> NDArray[np.float64]:
        """Decimal logarithms of the values in `unit`."""
        held = np.asarray(values, dtype=np.float64)
        return held if self.scale == "log10" else np.log10(held)


def filter_columns(condition: str) -> frozenset[str]:
    """Columns that a condition names, from its parsed expression; text in quotes names none.

    ValueError where it is no expression, or names what is no column of the clean table.
    """
    if not condition.strip():
        return frozenset()
    try:
        tree = ast.parse(condition.strip(), mode="eval")
    except (SyntaxError, ValueError) as error:
        raise ValueError(f"filter {condition!r} is no condition ({getattr(error, 'msg', error)})") from None
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    for name in sorted(names - set(CLEAN_COLUMNS)):
        raise ValueError(f"filter {condition!r}: no column {name!r}{did_you_mean(name, CLEAN_COLUMNS)}")
    if not names:
        raise ValueError(f"filter {condition!r} names no column; columns: {', '.join(CLEAN_COLUMNS)}")
    return frozenset(names)
