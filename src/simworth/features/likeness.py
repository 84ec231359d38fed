"""How unlike the measured materials a material is: the distance of descriptors to the nearest other measured one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd

from simworth.features.descriptor_store import describe

_CONSTANT: Final = 1e-6
"""standard deviation, relative to the largest value, up to which a descriptor is constant but for rounding"""


def with_distances(classes: pd.DataFrame, samples: pd.DataFrame, descriptors: Sequence[str]) -> pd.DataFrame:
    """The table of classes with a column `distance`: of each material's structure (of a pair, its polymer's) to the
    nearest other measured structure, in standard deviations of the measured ones, root mean square over descriptors.

    `samples`: a prepared task's (`simworth.columns.SAMPLE_COLUMNS`), whose descriptors the store holds.
    """
    items = samples.drop_duplicates(["side", "item"])
    measured = sorted(items.loc[items["side"] == "target", "structure"].unique())
    others = sorted(set(items["structure"]) - set(measured))
    values = np.concatenate([describe([*measured, *others], name).values for name in descriptors], axis=1)
    far = dict(zip([*measured, *others], _distances(values, len(measured)), strict=True))
    distance = items.set_index(["side", "item"])["structure"].map(far).rename("distance")
    return classes.join(distance, on=["side", "item"])


def _distances(values: np.ndarray, measured: int) -> np.ndarray:
    """(structures,) of values (structures, columns), the first `measured` rows measured; infinite where there is no
    other measured structure."""
    from sklearn.neighbors import NearestNeighbors  # half a second to import, for this alone

    known = values[:measured]
    if measured < 2:
        return np.full(len(values), np.inf)
    varied = np.isfinite(values).all(axis=0) & (known.std(axis=0) > _CONSTANT * np.abs(known).max(axis=0))
    values = (values[:, varied] - known[:, varied].mean(axis=0)) / known[:, varied].std(axis=0)
    near = NearestNeighbors(n_neighbors=1, algorithm="brute").fit(values[:measured])
    rest = [near.kneighbors(values[measured:])[0][:, 0]] if len(values) > measured else []
    distances: np.ndarray = np.concatenate([near.kneighbors()[0][:, 0], *rest]) / max(float(varied.sum()), 1.0) ** 0.5
    return distances
