"""PoLyInfo's class of a polymer by RadonPy's classifier."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from simworth.data.classes import POLYINFO_CLASSES
from simworth.features.described import describe
from simworth.features.radon import quiet, radonpy
from simworth.features.registry import Undescribed, Vector, featurizer
from simworth.features.rings import RDKIT, chain_ends, molecule


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


def polymer_class(structures: Sequence[str], store: Path | None = None) -> list[str]:
    """Name of each structure's class (`simworth.data.classes`), '' where it has none; kept in the store."""
    numbers = describe(structures, polyinfo_class, store).values[:, 0]
    return [POLYINFO_CLASSES[int(number)] if np.isfinite(number) else "" for number in numbers]
