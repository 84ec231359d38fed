"""Descriptors of a repeat unit or a molecule by RDKit: its list of molecular descriptors, and Morgan counts."""

from __future__ import annotations

import functools
import math
from typing import Any, Final

import numpy as np
from rdkit import Chem, rdBase

from simworth.features.chemistry import RDKIT, chain_ends, linkers, molecule
from simworth.features.registry import Vector, featurizer


def columns() -> list[str]:
    """Names of RDKit's descriptors, in RDKit's order; how many depends on its release (the study's had 207)."""
    from rdkit.Chem import Descriptors

    return [name for name, _ in Descriptors.descList]


@featurizer("rdkit_descriptors", version=1, columns=columns, settings={"linkers": "replaced by hydrogen", **RDKIT})
def rdkit_descriptors(structure: str) -> Vector:
    """All of RDKit's descriptors of a repeat unit whose `*` are replaced by hydrogen, or of a molecule without any.

    With `*` kept as dummy atoms charges, and all that rests on them, are undefined. Columns of no variance stay:
    which to drop is fixed per release set by the caller.
    """
    from rdkit.Chem import Descriptors

    with rdBase.BlockLogs():
        mol = saturated(molecule(structure))
        values = Descriptors.CalcMolDescriptors(mol, missingVal=math.nan, silent=True)  # type: ignore[no-untyped-call]
    return np.array([values[name] for name in rdkit_descriptors.columns], dtype=np.float64)


def saturated(mol: Chem.Mol) -> Chem.Mol:
    """The molecule with as many hydrogens in place of each `*` as its bond had order, atoms in canonical order."""
    capped = Chem.RWMol(mol)
    for end in reversed(linkers(mol)):
        for bond in capped.GetAtomWithIdx(end).GetBonds():
            atom = bond.GetOtherAtom(capped.GetAtomWithIdx(end))
            atom.SetNumExplicitHs(atom.GetNumExplicitHs() + round(bond.GetBondTypeAsDouble()))
        capped.RemoveAtom(end)
    Chem.SanitizeMol(capped)
    return molecule(Chem.MolToSmiles(capped))  # eigenvalues and sums depend on the order in their last digits


RADIUS: Final = 2
"""bonds around an atom that its environment holds"""
BINS: Final = 1024


@featurizer(
    "morgan_counts",
    version=1,
    columns=lambda: [f"environment_{number}" for number in range(BINS)],
    settings={"radius": RADIUS, "bins": BINS, **RDKIT},
)
def morgan_counts(structure: str) -> Vector:
    """(1024,) how often each environment of up to two bonds occurs in a molecule or a repeat unit, hashed to bins.

    Environments are those of the atoms of one repeat unit within a chain of so many that no environment reaches its
    ends; where the unit is cut changes nothing.
    """
    mol = molecule(structure)
    centres = list(range(mol.GetNumAtoms()))
    if ends := chain_ends(mol):
        mol, centres = _chain(mol, ends)
    found: Vector = _generator().GetCountFingerprintAsNumPy(mol, fromAtoms=centres).astype(np.float64)
    return found


def _chain(mol: Chem.Mol, ends: list[int]) -> tuple[Chem.Mol, list[int]]:
    """Repeat units joined through their `*`, and the atoms of the middle one."""
    path = Chem.GetShortestPath(mol, *ends)
    beside = math.ceil((RADIUS + 1) / (len(path) - 2))
    head, tail = path[1], path[-2]
    order = mol.GetBondBetweenAtoms(ends[0], head).GetBondType()
    size, chain = mol.GetNumAtoms(), Chem.RWMol()
    for unit in range(2 * beside + 1):
        chain.InsertMol(mol)
        if unit:
            chain.AddBond((unit - 1) * size + tail, unit * size + head, order)
    inner = [unit * size + end for unit in range(2 * beside + 1) for end in ends]
    for atom in sorted(set(inner) - {ends[0], 2 * beside * size + ends[1]}, reverse=True):
        chain.RemoveAtom(atom)
    Chem.SanitizeMol(chain)
    first = beside * (size - 2) + 1  # the chain's own first end comes before
    return chain.GetMol(), list(range(first, first + size - 2))


@functools.cache
def _generator() -> Any:
    from rdkit.Chem import rdFingerprintGenerator

    return rdFingerprintGenerator.GetMorganGenerator(radius=RADIUS, fpSize=BINS, countSimulation=False)
