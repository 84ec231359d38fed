"""Descriptors of compositions from 58 features of the elements: their kernel mean, and Magpie's statistics.

`elements.csv` holds the tables of mendeleev and of matminer (Magpie) as `scripts/element_table.py` wrote them; neither
package is needed to run. Features are those of XenonPy, which the study used, as far as the two tables hold them.
Magpie's radii of Miracle, shear modulus, second ionisation energy and mendeleev's Miedema electronegativity stand in
for Slater's radii, the velocity of sound and two features that XenonPy lists twice.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from simworth.features.registry import Undescribed, Vector, featurizer

TABLE: Final = Path(__file__).with_name("elements.csv")
"""one element a row up to lawrencium: symbol, then FEATURES; an empty field is not known"""
FEATURES: Final = tuple(TABLE.read_text(encoding="utf-8").partition("\n")[0].split(",")[1:])
"""29 columns of mendeleev's table `elements`, then 29 of Magpie's tables, each in its source's unit"""
KNOWN_SHARE: Final = 0.5
"""an element of which less is known is left out"""
NEIGHBOURS: Final = 5


@functools.cache
def element_table() -> dict[str, Vector]:
    """Symbol -> (58,) features, each from 0 (its smallest value among the elements) to 1 (its largest).

    Of the elements up to lawrencium of which at least half of the features are known; read once per process. A gap
    takes the mean of the five elements with the nearest known features (standardised, weighted by inverse distance;
    scikit-learn's KNNImputer).
    """
    from sklearn.impute import KNNImputer

    table = pd.read_csv(TABLE, index_col=0, float_precision="round_trip")
    table = table[table.notna().mean(axis=1) >= KNOWN_SHARE]
    raw = np.ascontiguousarray(table.to_numpy(np.float64))  # in C's order: sums depend on it
    standard = (raw - np.nanmean(raw, axis=0)) / np.nanstd(raw, axis=0)
    full = KNNImputer(n_neighbors=NEIGHBOURS, weights="distance").fit_transform(standard)
    low, high = full.min(axis=0), full.max(axis=0)
    return dict(zip(map(str, table.index), (full - low) / (high - low), strict=True))


CENTRES: Final = 10
WIDTH: Final = 1 / (2 * CENTRES)
"""standard deviation of the Gaussian kernel on features scaled to [0, 1], half the distance of two centres"""
_CENTRES: Final = (np.arange(CENTRES) + 0.5) / CENTRES


@featurizer(
    "composition_kernel_mean",
    version=1,
    columns=lambda: [f"{name}_{centre}" for name in FEATURES for centre in range(CENTRES)],
    libraries=("pymatgen", "scikit-learn"),
    settings={"centres": CENTRES, "width": WIDTH, "neighbours": NEIGHBOURS, "known_share": KNOWN_SHARE},
)
def composition_kernel_mean(structure: str) -> Vector:
    """(580,) Gaussian kernel means of a composition, weighted by atomic fractions; independent of their order."""
    features, shares = _element_features(structure)
    kernel = np.exp(-((features[:, :, None] - _CENTRES) ** 2) / (2 * WIDTH**2))
    mean: Vector = np.einsum("e,efc->fc", shares, kernel)
    return mean.ravel()


MAGPIE_STATISTICS: Final = ("minimum", "maximum", "range", "mean", "deviation", "mode")
MAGPIE_FEATURES: Final = (
    *("atomic_number", "mendeleev_number", "atomic_weight", "MeltingT", "Column", "period", "covalent_radius_cordero"),
    *("en_pauling", "NsValence", "NpValence", "NdValence", "NfValence", "NValence", "NsUnfilled", "NpUnfilled"),
    *("NdUnfilled", "NfUnfilled", "NUnfilled", "GSvolume_pa", "GSbandgap", "GSmagmom"),
)
"""those of Ward et al. (npj Comput. Mater. 2, 16028, 2016) but the space group's number"""


@featurizer(
    "magpie",
    version=1,
    columns=lambda: [f"{name}_{statistic}" for statistic in MAGPIE_STATISTICS for name in MAGPIE_FEATURES],
    libraries=("pymatgen", "scikit-learn"),
    settings={"neighbours": NEIGHBOURS, "known_share": KNOWN_SHARE},
)
def magpie(structure: str) -> Vector:
    """(126,) Magpie's statistics over the elements of a composition, of features scaled to [0, 1] among the elements.

    mean and deviation (mean absolute deviation from it) are weighted by atomic fractions; mode is the value of the
    most frequent element, of several the least value.
    """
    features, shares = _element_features(structure)
    features = features[:, [FEATURES.index(name) for name in MAGPIE_FEATURES]]
    low, high, mean = features.min(axis=0), features.max(axis=0), shares @ features
    deviation = shares @ np.abs(features - mean)
    mode = features[np.isclose(shares, shares.max())].min(axis=0)
    return np.concatenate([low, high, high - low, mean, deviation, mode])


def _element_features(structure: str) -> tuple[Vector, Vector]:
    """(elements, 58) scaled features and (elements,) atomic fractions of a composition."""
    known, fractions = element_table(), atomic_fractions(structure)
    for symbol in fractions:
        if symbol not in known:
            raise Undescribed(f"too little is known of element {symbol}")
    return np.array([known[symbol] for symbol in fractions]), np.array(list(fractions.values()))


def atomic_fractions(formula: str) -> dict[str, float]:
    """Element symbol -> atomic fraction, by symbol; raises Undescribed for what is no formula of real elements."""
    from pymatgen.core.composition import Composition

    if any(mark.isspace() for mark in formula.strip()):
        raise Undescribed("a space in the formula")  # pymatgen would drop it and read the rest as elements
    try:
        amounts = Composition(formula, strict=True).fractional_composition.get_el_amt_dict()
    except ValueError as error:
        raise Undescribed(f"not a formula: {error}") from None
    return dict(sorted((symbol, float(amount)) for symbol, amount in amounts.items()))
