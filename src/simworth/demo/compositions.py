"""Compositions that the package composes itself: a compound of two to four elements, some with a dopant."""

from __future__ import annotations

from typing import Final

import numpy as np

from simworth.demo.distinct import draw_distinct

METALS: Final = (
    "Mg", "Al", "Ca", "Ti", "V", "Cr", "Mn", "Fe", "Co", "Ni", "Cu", "Zn", "Ga", "Ge", "Sr", "Y", "Zr", "Nb", "Mo",
    "Ag", "Cd", "In", "Sn", "Ba", "La", "Ce", "Yb", "Hf", "Ta", "W", "Pb", "Bi",
)  # fmt: skip
OTHERS: Final = ("O", "Si", "P", "S", "As", "Se", "Sb", "Te")
DOPANTS: Final = ("Na", "K", "I", "Br", "Cl")
_TENTHS: Final = 10
"""amounts are tenths, as in Bi0.4Sb1.6Te3"""


def compose_compositions(count: int, rng: np.random.Generator) -> list[str]:
    """`count` distinct reduced formulas, 1e5 at most; the first ones of a longer draw are the same."""
    return draw_distinct("composition", _formula, count, rng)


def _formula(rng: np.random.Generator) -> str:
    """One or two metals that share a site, one or two others that share one, and perhaps a trace of a dopant."""
    parts = _site(METALS, int(rng.integers(1, 4)), rng) + _site(OTHERS, int(rng.integers(1, 5)), rng)
    if rng.random() < 0.3:
        parts.append((str(rng.choice(DOPANTS)), 1))
    return "".join(f"{element}{tenths / _TENTHS:g}" for element, tenths in parts)


def _site(elements: tuple[str, ...], size: int, rng: np.random.Generator) -> list[tuple[str, int]]:
    """(element, tenths) of a site of `size` atoms."""
    first, second = (str(name) for name in rng.choice(elements, size=2, replace=False))
    share = int(rng.integers(0, size * _TENTHS))
    return [(first, size * _TENTHS - share), *([(second, share)] if share else [])]
