"""Made-up structures: polymers, solvents and compositions, drawn until there are enough distinct ones."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from simworth.data.kinds import canonical
from simworth.errors import SimworthError

MOST: Final = 100_000
"""structures of one kind that may be asked for"""
_SPARE: Final = 1.2
"""drawn per structure still wanted: some occur twice"""
_BARREN: Final = 20
"""rounds that may add nothing before the grammar is taken to be used up"""


def draw_distinct(
    kind: str, draw: Callable[[np.random.Generator], str], count: int, rng: np.random.Generator, most: int = MOST
) -> list[str]:
    """`count` distinct canonical structures in the order drawn; the first ones of a longer draw are the same.

    Raises SimworthError beyond `most`.
    """
    if not 1 <= count <= most:
        raise SimworthError(f"demo: 1 to {most} structures of kind {kind!r} can be composed, got {count}")
    found: dict[str, None] = {}
    barren = 0
    while len(found) < count and barren < _BARREN:
        before = len(found)
        written = [draw(rng) for _ in range(int(_SPARE * (count - before)) + 1)]
        for one in canonical(kind, list(dict.fromkeys(written))):
            if one.structure:
                found.setdefault(one.structure)
        barren = 0 if len(found) > before else barren + 1
    if len(found) < count:
        raise SimworthError(f"demo: the grammar holds only about {len(found)} structures of kind {kind!r}")
    return list(itertools.islice(found, count))


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
    "C", "CC", "CCC", "C(C)C", "CCCC", "C9CCCCC9", "c9ccccc9", "c9ccc(C)cc9", "c9ccc(Cl)cc9", "c9ccc(OC)cc9", "F", "Cl",
    "C(F)(F)F", "C#N", "CO", "OC", "OCC", "C(=O)OC", "C(=O)OCC", "C(=O)N", "COC", "CC#N",
)  # fmt: skip


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


MOST_SOLVENTS: Final = 2000
GROUPS: Final = (
    "C", "CC", "CCC", "C(C)C", "CCCC", "CC(C)C", "C(C)CC", "C(C)(C)C", "CCCCC", "CCCCCC", "CCCCCCCC", "C1CCCC1",
    "C1CCCCC1", "c1ccccc1", "Cc1ccccc1", "c1ccc(C)cc1", "c1ccc(Cl)cc1", "C(F)(F)F", "CC(F)(F)F", "CCCl", "CCOC", "CCO",
    "CC#N",
)  # fmt: skip
LINKS: Final = ("", "O", "S", "C(=O)", "C(=O)O", "OC(=O)O", "N", "C(=O)N", "S(=O)", "C(Cl)", "C(O)", "C(Br)")
"""what stands between the two; '' joins them"""


def compose_solvents(count: int, rng: np.random.Generator) -> list[str]:
    """`count` distinct canonical molecules, MOST_SOLVENTS at most; the first ones of a longer draw are the same."""
    return draw_distinct("molecule", _molecule, count, rng, MOST_SOLVENTS)


def _molecule(rng: np.random.Generator) -> str:
    left, right = (GROUPS[i] for i in rng.integers(len(GROUPS), size=2))
    link = LINKS[rng.integers(len(LINKS))]
    return f"C({left}){link}{right}"


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
