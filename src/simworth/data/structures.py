"""One canonical structure for one material, however it is written.

A polymer's chain is closed through its two `*` and cut where canonical ranks say, so that `*CC(*)C`, `*C(C)C*` and
`*CC(C)CC(C)*` are one structure.
"""

from __future__ import annotations

import functools
import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Final

from rdkit import Chem, rdBase

from simworth.data.chains import (
    MAX_RING_CHARACTERS,
    Chain,
    StructureError,
    canonical_cut,
    has_stereo,
    molecule,
    opened_ring,
    parse_unit,
    refuse_other_notation,
    shortest,
    single_ends,
    stars,
    usual_unit,
    without_centres,
)
from simworth.data.compositions import canonical_composition
from simworth.data.mapping import Kind
from simworth.processes import worker_count

_POOL_FROM: Final = 4000
"""Below this many structures, starting processes costs more than it saves."""

__all__ = [
    "Canonical",
    "Kind",
    "StructureError",
    "canonical",
    "canonical_molecule",
    "canonical_polymer",
    "canonical_solvent",
    "open_oligomer",
]


@dataclass(frozen=True)
class Canonical:
    """What became of one structure as written."""

    structure: str
    """canonical SMILES, '' where refused"""
    reason: str
    """why it was refused, '' where it was not"""


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


def canonical_solvent(smiles: str) -> str:
    """Canonical SMILES of a molecule without `*`; raises StructureError with the reason."""
    with rdBase.BlockLogs():
        mol = molecule(smiles)
        if stars(mol):
            raise StructureError("a solvent with '*'")
        return str(Chem.MolToSmiles(mol))


def canonical_molecule(smiles: str) -> str:
    """Canonical SMILES of one molecule, salts with their counter-ions; raises StructureError with the reason."""
    refuse_other_notation(smiles)
    with rdBase.BlockLogs():
        mol = molecule(smiles)
        if stars(mol):
            raise StructureError("a molecule with '*'; its kind would be polymer")
        charges = {Chem.GetFormalCharge(part) for part in Chem.GetMolFrags(mol, asMols=True)}
        if "." in smiles and 0 in charges:
            raise StructureError("several molecules; a mixture is no molecule")
        return str(Chem.MolToSmiles(mol))


def open_oligomer(smiles: str, centres: bool = True) -> str:
    """Canonical polymer of a ring of repeat units, as RadonPy closes them; the inverse of that closing.

    A ring that was closed as text has one stereocentre or double bond the wrong way round at the closure, so most
    of the units decide. Raises StructureError with the reason.
    """
    with rdBase.BlockLogs():
        mol, _ = parse_unit(opened_ring(smiles), MAX_RING_CHARACTERS)
        unit = usual_unit(Chain.of(mol if centres else without_centres(mol)))
    return canonical_polymer(unit, centres)


def canonical(kind: Kind, texts: Sequence[str], workers: int | None = None) -> list[Canonical]:
    """The canonical form of each structure, in order; refusals are results.

    Large inputs are shared between `workers` processes (default: `SIMWORTH_WORKERS`, else all cores).
    """
    work = functools.partial(_one, kind)
    count = workers or worker_count()
    if count < 2 or len(texts) < _POOL_FROM:
        return [work(text) for text in texts]
    with ProcessPoolExecutor(count, mp_context=multiprocessing.get_context("spawn")) as pool:
        return list(pool.map(work, texts, chunksize=500))


def _one(kind: Kind, text: str) -> Canonical:
    try:
        return Canonical(_FORMS[kind](text), "")
    except StructureError as error:
        return Canonical("", str(error))


def _polymer_of_pair(smiles: str) -> str:
    """Stereocentres are dropped: published rings of celluloses contradict the repeat units published beside them."""
    return canonical_polymer(smiles, False) if "*" in smiles else open_oligomer(smiles, False)


_FORMS: Final[dict[Kind, Callable[[str], str]]] = {
    "polymer": canonical_polymer,
    "pair": _polymer_of_pair,
    "solvent": canonical_solvent,
    "composition": canonical_composition,
    "molecule": canonical_molecule,
}
