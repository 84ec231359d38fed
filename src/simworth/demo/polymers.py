"""Polymers that the package composes itself: a small grammar of backbones and side groups, more than 1e5 of them."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Final

import numpy as np

from simworth.demo.distinct import draw_distinct

_SHORTEST: Final = 1
_LONGEST: Final = 4
"""segments of a repeat unit"""


@dataclass(frozen=True)
class Segment:
    """A piece of a backbone, read from left to right."""

    smiles: str
    """`{}` where a side group hangs"""
    hetero: bool = False
    """whether one of its ends is a heteroatom, which no other one may follow"""
    flexible: bool = True
    """whether it holds a saturated carbon; every repeat unit has one"""


SEGMENTS: Final = (
    Segment("C"),
    Segment("CC"),
    Segment("C({})"),
    Segment("CC({})"),
    Segment("C(C)({})"),
    Segment("CCC"),
    Segment("CC({})CC({})"),
    Segment("C(F)(F)"),
    Segment("C1CCC(CC1)"),
    Segment("C1CC({})C(CC1)"),
    Segment("O", hetero=True, flexible=False),
    Segment("S", hetero=True, flexible=False),
    Segment("C(=O)O", hetero=True, flexible=False),
    Segment("C(=O)N", hetero=True, flexible=False),
    Segment("OC(=O)O", hetero=True, flexible=False),
    Segment("NC(=O)N", hetero=True, flexible=False),
    Segment("NC(=O)O", hetero=True, flexible=False),
    Segment("S(=O)(=O)", hetero=True, flexible=False),
    Segment("C(=O)", flexible=False),
    Segment("c1ccc(cc1)", flexible=False),
    Segment("c1cccc(c1)", flexible=False),
    Segment("c1cc({})c(cc1)", flexible=False),
    Segment("c1cc({})cc(c1)", flexible=False),
)

SIDE_GROUPS: Final = (
    "C",
    "CC",
    "CCC",
    "C(C)C",
    "CCCC",
    "C9CCCCC9",
    "c9ccccc9",
    "c9ccc(C)cc9",
    "c9ccc(Cl)cc9",
    "c9ccc(OC)cc9",
    "F",
    "Cl",
    "C(F)(F)F",
    "C#N",
    "CO",
    "OC",
    "OCC",
    "C(=O)OC",
    "C(=O)OCC",
    "C(=O)N",
    "COC",
    "CC#N",
)


def compose_polymers(count: int, rng: np.random.Generator) -> list[str]:
    """`count` distinct canonical repeat units, 1e5 at most; the first ones of a longer draw are the same."""
    return draw_distinct("polymer", _repeat_unit, count, rng)


def _repeat_unit(rng: np.random.Generator) -> str:
    """One repeat unit with two `*`, no two heteroatoms joined along the chain, one saturated carbon at least."""
    while True:
        chosen = [SEGMENTS[i] for i in rng.integers(len(SEGMENTS), size=rng.integers(_SHORTEST, _LONGEST + 1))]
        around = itertools.pairwise([*chosen, chosen[0]])
        if any(segment.flexible for segment in chosen) and not any(a.hetero and b.hetero for a, b in around):
            text = "".join(segment.smiles for segment in chosen)
            sides = (SIDE_GROUPS[i] for i in rng.integers(len(SIDE_GROUPS), size=text.count("{}")))
            return f"*{text.format(*sides)}*"
