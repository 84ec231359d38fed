"""Canonical structures of polymers: one for all ways of writing a repeat unit.

A polymer's chain is closed through its two `*` and cut where canonical ranks say, so that `*CC(*)C`, `*C(C)C*` and
`*CC(C)CC(C)*` are one structure.
"""

from __future__ import annotations

from rdkit import rdBase

from simworth.data.kinds.chains import (
    MAX_RING_CHARACTERS,
    Chain,
    canonical_cut,
    has_stereo,
    opened_ring,
    parse_unit,
    shortest,
    single_ends,
    usual_unit,
    without_centres,
)
from simworth.data.kinds.kind import KINDS, Kind, Part
from simworth.data.kinds.molecule import canonical_solvent


def canonical_polymer(smiles: str, centres: bool = True) -> str:
    """Canonical SMILES of a polymer's smallest repeat unit, from any repeat unit with two `*`.

    Stereochemistry that is written is kept: an isotactic polymer is another material than one of unstated
    tacticity; `centres=False` drops stereocentres and keeps double bonds. Raises StructureError with the reason.
    """
    with rdBase.BlockLogs():
        unit, others = parse_unit(smiles)
        if not centres and "@" in smiles:
            unit = without_centres(unit)
        stereo = any(mark in smiles for mark in "@/\\") and has_stereo(unit)
        chain, copies = shortest(Chain.of(single_ends(unit)), others)
        best = canonical_cut(chain, stereo)
    kept = [text for text, count in sorted(others.items()) for _ in range(count // copies)]
    return ".".join([best, *kept])


def open_oligomer(smiles: str, centres: bool = True) -> str:
    """Canonical polymer of a ring of repeat units, as RadonPy closes them; the inverse of that closing.

    A ring that was closed as text has one stereocentre or double bond the wrong way round at the closure, so most
    of the units decide. Raises StructureError with the reason.
    """
    with rdBase.BlockLogs():
        mol, _ = parse_unit(opened_ring(smiles), MAX_RING_CHARACTERS)
        unit = usual_unit(Chain.of(mol if centres else without_centres(mol)))
    return canonical_polymer(unit, centres)


def polymer_of_pair(smiles: str) -> str:
    """Stereocentres are dropped: published rings of celluloses contradict the repeat units published beside them."""
    return canonical_polymer(smiles, False) if "*" in smiles else open_oligomer(smiles, False)


KINDS.add(
    "polymer",
    Kind(
        "polymer",
        "polymers (SMILES of the repeat unit with two '*')",
        (Part("structure", canonical_polymer),),
        (150.0, 1000.0),
    ),
)
KINDS.add(
    "pair",
    Kind(
        "pair",
        "pairs polymer|solvent (repeat unit or ring of repeat units, SMILES of the solvent)",
        (Part("structure", polymer_of_pair), Part("solvent", canonical_solvent)),
        (200.0, 520.0),
    ),
)
