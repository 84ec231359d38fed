"""Solvents that the package composes itself: two small groups and what joins them."""

from __future__ import annotations

from typing import Final

import numpy as np

from simworth.demo.distinct import draw_distinct

MOST_SOLVENTS: Final = 2000
GROUPS: Final = (
    "C",
    "CC",
    "CCC",
    "C(C)C",
    "CCCC",
    "CC(C)C",
    "C(C)CC",
    "C(C)(C)C",
    "CCCCC",
    "CCCCCC",
    "CCCCCCCC",
    "C1CCCC1",
    "C1CCCCC1",
    "c1ccccc1",
    "Cc1ccccc1",
    "c1ccc(C)cc1",
    "c1ccc(Cl)cc1",
    "C(F)(F)F",
    "CC(F)(F)F",
    "CCCl",
    "CCOC",
    "CCO",
    "CC#N",
)
LINKS: Final = ("", "O", "S", "C(=O)", "C(=O)O", "OC(=O)O", "N", "C(=O)N", "S(=O)", "C(Cl)", "C(O)", "C(Br)")
"""what stands between the two; '' joins them"""


def compose_solvents(count: int, rng: np.random.Generator) -> list[str]:
    """`count` distinct canonical molecules, MOST_SOLVENTS at most; the first ones of a longer draw are the same."""
    return draw_distinct("molecule", _molecule, count, rng, MOST_SOLVENTS)


def _molecule(rng: np.random.Generator) -> str:
    left, right = (GROUPS[i] for i in rng.integers(len(GROUPS), size=2))
    link = LINKS[rng.integers(len(LINKS))]
    return f"C({left}){link}{right}"
