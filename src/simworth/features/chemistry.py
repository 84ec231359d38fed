"""RDKit and RadonPy, set up the same way in every process before anything is described."""

from __future__ import annotations

import contextlib
import functools
import io
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import rdkit
from pydantic import JsonValue
from rdkit import Chem, rdBase

from simworth.features.registry import Undescribed

# Since RDKit 2026.9 (its pull request 9105) the rings of a macrocycle of para-substituted rings count up to 2^n.
# The older count is what the force field's typing rules were written for; older releases know no other.
if hasattr(Chem, "SetUseLegacyRingFinding"):
    Chem.SetUseLegacyRingFinding(True)

RDKIT: Final[dict[str, JsonValue]] = {
    "rdkit": rdkit.__version__,
    "legacy_ring_finding": bool(getattr(Chem, "GetUseLegacyRingFinding", lambda: True)()),
}
"""what a featurizer that uses RDKit puts into its settings"""


def molecule(structure: str) -> Chem.Mol:
    """The molecule of a SMILES, hydrogens implicit; raises Undescribed."""
    with rdBase.BlockLogs():
        mol = Chem.MolFromSmiles(structure) if structure.strip() else None
    if mol is None or not mol.GetNumAtoms():
        raise Undescribed("not a SMILES")
    return mol


def linkers(mol: Chem.Mol) -> list[int]:
    """Atom indices of the `*`."""
    return [atom.GetIdx() for atom in mol.GetAtoms() if atom.GetAtomicNum() == 0]


def chain_ends(mol: Chem.Mol) -> list[int]:
    """The two `*` of a repeat unit, or none of a molecule; raises Undescribed for anything else."""
    ends = linkers(mol)
    if len(ends) not in (0, 2):
        raise Undescribed(f"{len(ends)} '*' instead of 2 (a polymer) or none (a molecule)")
    if any(mol.GetAtomWithIdx(end).GetDegree() != 1 for end in ends):
        raise Undescribed("a '*' that is not the end of one bond")
    if ends and len(Chem.GetShortestPath(mol, *ends)) < 3:
        raise Undescribed("no chain between the two '*'")
    return ends


@dataclass(frozen=True)
class RadonPy:
    """What is used of RadonPy."""

    poly: Any
    """module radonpy.core.poly"""
    const: Any
    """module radonpy.core.const"""
    descriptor: Any
    """class radonpy.ff.descriptor.FF_descriptor"""
    force_field: Any
    """an instance of radonpy.ff.gaff2_mod.GAFF2_mod"""


@functools.cache
def radonpy() -> RadonPy:
    """RadonPy with its GAFF2_mod; loading takes a second or two, once per process."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # RadonPy's sources hold invalid escapes, reported when compiled
        from radonpy.core import const, poly
        from radonpy.ff.descriptor import FF_descriptor
        from radonpy.ff.gaff2_mod import GAFF2_mod
    return RadonPy(poly, const, FF_descriptor, GAFF2_mod())


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """RadonPy prints its complaints: swallowed here, and RDKit's log with them."""
    const = radonpy().const
    level, const.print_level = const.print_level, 2
    try:
        with contextlib.redirect_stdout(io.StringIO()), rdBase.BlockLogs():
            yield
    finally:
        const.print_level = level
