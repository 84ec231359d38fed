"""58 features of the chemical elements, from the tables of mendeleev and of matminer (Magpie), without gaps.

`elements.csv` holds both as `scripts/element_table.py` wrote it; neither package is needed to run.

Features are those of XenonPy, which the study used, as far as the two tables hold them. Magpie's radii of Miracle,
shear modulus, second ionisation energy and mendeleev's Miedema electronegativity stand in for Slater's radii, the
velocity of sound and two features that XenonPy lists twice.
"""

from __future__ import annotations

import csv
import functools
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from simworth.features.registry import Vector

MENDELEEV: Final = (
    "atomic_number",
    "period",
    "mendeleev_number",
    "atomic_weight",
    "atomic_radius",
    "atomic_radius_rahm",
    "covalent_radius_cordero",
    "covalent_radius_pyykko",
    "covalent_radius_pyykko_double",
    "covalent_radius_pyykko_triple",
    "vdw_radius",
    "vdw_radius_alvarez",
    "vdw_radius_mm3",
    "vdw_radius_uff",
    "dipole_polarizability",
    "c6_gb",
    "density",
    "specific_heat_capacity",
    "molar_heat_capacity",
    "thermal_conductivity",
    "evaporation_heat",
    "fusion_heat",
    "heat_of_formation",
    "lattice_constant",
    "electron_affinity",
    "en_pauling",
    "en_allen",
    "en_ghosh",
    "en_miedema",
)
"""columns of mendeleev's table `elements`, each in mendeleev's unit"""

MAGPIE: Final = (
    "AtomicVolume",
    "MolarVolume",
    "ICSDVolume",
    "BoilingT",
    "MeltingT",
    "BulkModulus",
    "ShearModulus",
    "MiracleRadius",
    "FirstIonizationEnergy",
    "SecondIonizationEnergy",
    "GSbandgap",
    "GSenergy_pa",
    "GSestBCClatcnt",
    "GSestFCClatcnt",
    "GSmagmom",
    "GSvolume_pa",
    "HHIp",
    "HHIr",
    "NValence",
    "NsValence",
    "NpValence",
    "NdValence",
    "NfValence",
    "NUnfilled",
    "NsUnfilled",
    "NpUnfilled",
    "NdUnfilled",
    "NfUnfilled",
    "Column",
)
"""tables of matminer's Magpie data, each in Magpie's unit"""

FEATURES: Final = MENDELEEV + MAGPIE
TABLE: Final = Path(__file__).with_name("elements.csv")
"""symbol, then FEATURES; an empty field is not known"""
HEAVIEST: Final = 103
"""lawrencium: beyond it the tables hold next to nothing"""
KNOWN_SHARE: Final = 0.5
"""an element of which less is known is left out"""
NEIGHBOURS: Final = 5


@dataclass(frozen=True)
class ElementTable:
    """Element features, complete and scaled."""

    row: dict[str, int]
    """symbol -> row of `scaled`"""
    scaled: Vector
    """(elements, 58) each feature from 0 (its smallest value among the elements) to 1 (its largest)"""
    known: Vector
    """(elements, 58) bool: measured or computed, not imputed"""


@functools.cache
def element_table() -> ElementTable:
    """The elements up to lawrencium of which at least half of the features are known; read once per process.

    A gap takes the mean of the five elements with the nearest known features (standardised, weighted by inverse
    distance; scikit-learn's KNNImputer).
    """
    from sklearn.impute import KNNImputer

    symbols, raw = _raw()
    kept = np.isfinite(raw).mean(axis=1) >= KNOWN_SHARE
    raw = raw[kept]
    standard = (raw - np.nanmean(raw, axis=0)) / np.nanstd(raw, axis=0)
    full = KNNImputer(n_neighbors=NEIGHBOURS, weights="distance").fit_transform(standard)
    low, high = full.min(axis=0), full.max(axis=0)
    names = [symbol for symbol, keep in zip(symbols, kept, strict=True) if keep]
    return ElementTable({name: row for row, name in enumerate(names)}, (full - low) / (high - low), np.isfinite(raw))


def _raw() -> tuple[list[str], Vector]:
    """(103,) symbols and (103, 58) values in the sources' units, NaN where unknown."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))[1:]
    values = [[float(text) if text else math.nan for text in row[1:]] for row in rows]
    return [row[0] for row in rows], np.array(values, dtype=np.float64)
