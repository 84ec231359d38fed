"""RDKit's list of molecular descriptors on a repeat unit or a molecule."""

from __future__ import annotations

import math

import numpy as np
from rdkit import Chem, rdBase

from simworth.features.registry import Vector, featurizer
from simworth.features.rings import RDKIT, linkers, molecule


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
