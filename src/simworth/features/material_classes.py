"""The class of every material of a task, one small table for the fit, the report and the audit; PoLyInfo's by RadonPy's
classifier. And how unlike the measured materials a material is, by its descriptors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd

from simworth.data.kinds import KINDS, kind_of
from simworth.data.polymer_classes import POLYINFO_CLASSES
from simworth.features.chemistry import RDKIT, chain_ends, molecule, quiet, radonpy
from simworth.features.descriptor_store import describe
from simworth.features.registry import Undescribed, Vector, featurizer


@featurizer(
    "polyinfo_class",
    version=1,
    columns=lambda: ["class_id"],
    libraries=("radonpy-pypi",),
    settings=RDKIT,
    listed=False,
)
def polyinfo_class(structure: str) -> Vector:
    """(1,) number of the class, 1 to 21."""
    if not chain_ends(molecule(structure)):
        raise Undescribed("no polymer: it has no '*'")
    with quiet():
        number = radonpy().poly.polyinfo_classifier(structure)
    if number not in POLYINFO_CLASSES:
        raise Undescribed("RadonPy's classifier knows no class for it")
    return np.array([number], dtype=np.float64)


def polymer_class(structures: Sequence[str]) -> list[str]:
    """Name of each structure's class (`simworth.data.polymer_classes`), '' where it has none; kept in the store."""
    numbers = describe(structures, polyinfo_class).values[:, 0]
    return [POLYINFO_CLASSES[int(number)] if np.isfinite(number) else "" for number in numbers]


COLUMNS: Final = ("side", "item", "material_class")


def material_classes(samples: pd.DataFrame) -> pd.DataFrame:
    """Columns side (source | target), item, material_class ('' where unknown), sorted, one row per material of a side.

    `samples`: a prepared task's (`simworth.columns.SAMPLE_COLUMNS`). A class is what the release says; where it says
    nothing, what it says of the same structure measured otherwise, so that simulated solutions take the class of the
    measured polymer; else RadonPy's classifier names that of a polymer, and a molecule's kind its functional
    group; solutions and compositions stay ''.
    """
    items = samples.drop_duplicates(["side", "item"]).reset_index(drop=True)
    measured = _by_structure(items[items["side"] == "target"])
    found = items.assign(material_class=_classes(items, measured))[list(COLUMNS)]
    return found.sort_values(["side", "item"], ignore_index=True)


def _by_structure(table: pd.DataFrame) -> dict[str, str]:
    """Structure -> its class, where the release gives it one class and no other."""
    given = table.loc[table["material_class"].fillna("") != "", ["structure", "material_class"]].drop_duplicates()
    single = given.drop_duplicates("structure", keep=False)
    return dict(zip(single["structure"], single["material_class"], strict=True))


def _classes(table: pd.DataFrame, measured: dict[str, str]) -> pd.Series:
    known = table["material_class"].fillna("").astype(str)
    known = known.where(known != "", table["structure"].map(measured).fillna(""))
    open_ones = (known == "") & (table["partner"] == "") & table["structure"].str.contains("*", regex=False)
    if open_ones.any():
        named = pd.Series(polymer_class(list(table.loc[open_ones, "structure"])), index=table.index[open_ones])
        known = named.reindex(table.index).fillna(known)
    return _by_kind(table, known)


def _by_kind(table: pd.DataFrame, known: pd.Series) -> pd.Series:
    """Classes that the kind of the materials names itself, where none are known."""
    if table.empty or (known != "").any():
        return known
    own = KINDS[kind_of(table["item"])].classify
    return known if own is None else pd.Series(own(list(table["structure"])), index=table.index)


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
