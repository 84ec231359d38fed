"""The kernel mean of the element features of a composition: 58 features x 10 centres (Kusaba et al., 2023)."""

from __future__ import annotations

from typing import Final

import numpy as np

from simworth.features.elements import FEATURES, KNOWN_SHARE, NEIGHBOURS, element_table
from simworth.features.registry import Undescribed, Vector, featurizer

CENTRES: Final = 10
WIDTH: Final = 1 / (2 * CENTRES)
"""standard deviation of the Gaussian kernel on features scaled to [0, 1], half the distance of two centres"""
_CENTRES: Final = (np.arange(CENTRES) + 0.5) / CENTRES


def columns() -> list[str]:
    """580 names: ten centres of each feature."""
    return [f"{name}_{centre}" for name in FEATURES for centre in range(CENTRES)]


@featurizer(
    "composition_kernel_mean",
    version=1,
    columns=columns,
    libraries=("pymatgen", "scikit-learn"),
    settings={"centres": CENTRES, "width": WIDTH, "neighbours": NEIGHBOURS, "known_share": KNOWN_SHARE},
)
def composition_kernel_mean(structure: str) -> Vector:
    """(580,) Gaussian kernel means of a composition, weighted by atomic fractions; independent of their order."""
    table = element_table()
    fractions = atomic_fractions(structure)
    for symbol in fractions:
        if symbol not in table.row:
            raise Undescribed(f"too little is known of element {symbol}")
    features = table.scaled[[table.row[symbol] for symbol in fractions]]
    kernel = np.exp(-((features[:, :, None] - _CENTRES) ** 2) / (2 * WIDTH**2))
    mean: Vector = np.einsum("e,efc->fc", np.array(list(fractions.values())), kernel)
    return mean.ravel()


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
