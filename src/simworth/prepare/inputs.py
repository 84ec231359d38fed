"""The table of a task's untransformed inputs: one row per structure, or per structure, side of its pair and T."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from simworth.data.select import to_hundredths

CONDITIONS = 3
"""columns that a pair's materials have beside their descriptors: 1 for the solvent, T in K, 1/T"""


@dataclass(frozen=True)
class InputRows:
    """Untransformed inputs, and where each sample finds its own."""

    raw: np.ndarray
    """(rows, columns) float64"""
    index: pd.Index
    """(rows,) key of each row: structure, or (structure, solvent flag, T)"""
    pairs: bool
    """whether samples are polymer-solvent pairs at a temperature"""

    def keys(self, table: pd.DataFrame) -> pd.Series:
        """(samples,) identity of each sample: the item, for a pair with its temperature."""
        if not self.pairs:
            return table["item"]
        return table["item"] + "@" + to_hundredths(table["temperature"])

    def rows(self, table: pd.DataFrame) -> np.ndarray:
        """(samples, parts) row of each part of each sample."""
        if not self.pairs:
            return self.index.get_indexer(pd.Index(table["structure"]))[:, None]
        return np.column_stack([self.index.get_indexer(keys) for keys in _keys_of_pairs(table)])


def _keys_of_pairs(samples: pd.DataFrame) -> list[pd.MultiIndex]:
    """(samples,) keys (structure, solvent flag, T) of the polymers' rows, and of the solvents'."""
    return [
        pd.MultiIndex.from_arrays([samples[column], np.full(len(samples), flag), samples["temperature"]])
        for column, flag in (("structure", 0.0), ("partner", 1.0))
    ]


def descriptor_widths(features: pd.DataFrame, pairs: bool) -> dict[str, int]:
    """Descriptor -> number of its columns in a descriptor table, and the conditions of pairs."""
    names = [str(column).rpartition(":")[0] for column in features.columns if column != "structure"]
    widths = {name: names.count(name) for name in dict.fromkeys(names)}
    return widths | ({"condition": CONDITIONS} if pairs else {})


def input_rows(features: pd.DataFrame, sides: Sequence[pd.DataFrame], pairs: bool) -> InputRows:
    """Inputs of all samples of `sides`, from the descriptor table (column `structure`, then descriptors)."""
    described = features.dropna().set_index("structure").sort_index()
    samples = pd.concat(sides)
    if not pairs:
        described = described.loc[described.index.isin(samples["structure"])]
        return InputRows(described.to_numpy(np.float64), described.index, pairs)
    polymers, solvents = _keys_of_pairs(samples)
    index = polymers.append(solvents).unique().sort_values()
    flags, kelvin = (index.get_level_values(level).to_numpy(np.float64) for level in (1, 2))
    values = described.loc[index.get_level_values(0)].to_numpy(np.float64)
    return InputRows(np.column_stack([values, flags, kelvin, 1 / kelvin]), index, pairs)
