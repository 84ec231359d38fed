"""Molecules and pairs of them: canonical SMILES, classes by functional group."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Final

from rdkit import Chem, rdBase

from simworth.data.kinds.chains import molecule, refuse_other_notation, stars
from simworth.data.kinds.kind import KINDS, Kind, Part, StructureError

FUNCTIONAL_GROUPS: Final = {
    "carboxylic acids": "[CX3](=O)[OX2H1,OX1-]",
    "amides": "[CX3](=O)[NX3]",
    "esters": "[CX3](=O)[OX2][#6]",
    "aldehydes": "[CX3H1,CX3H2]=O",
    "ketones": "[#6][CX3](=O)[#6]",
    "nitriles": "C#N",
    "nitro compounds": "[NX3+](=O)[O-]",
    "phosphorus compounds": "[#15]",
    "sulfur compounds": "[#16]",
    "phenols": "c[OX2H]",
    "alcohols": "[CX4][OX2H]",
    "amines": "[NX3;!$(N-C=O)][#6]",
    "nitrogen heterocycles": "[n]",
    "ethers": "[#6][OX2,o][#6]",
    "halogen compounds": "[F,Cl,Br,I]",
    "aromatic hydrocarbons": "c",
    "unsaturated hydrocarbons": "C=,#C",
    "saturated hydrocarbons": "[CX4]",
}
"""class -> SMARTS; a molecule belongs to the first that it contains, as in names of molecules by priority"""


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


def canonical_solvent(smiles: str) -> str:
    """Canonical SMILES of the molecules without `*` beside a polymer; raises StructureError with the reason."""
    with rdBase.BlockLogs():
        mol = molecule(smiles)
        if stars(mol):
            raise StructureError("a solvent with '*'")
        return str(Chem.MolToSmiles(mol))


def functional_groups(structures: Sequence[str]) -> list[str]:
    """Class of each molecule by its first functional group of FUNCTIONAL_GROUPS, '' where it has none."""
    return [_group(structure) for structure in structures]


def _group(structure: str) -> str:
    mol = Chem.MolFromSmiles(structure)
    if mol is None:
        return ""
    return next((name for name, pattern in _patterns() if mol.HasSubstructMatch(pattern)), "")


@functools.cache
def _patterns() -> list[tuple[str, Chem.Mol]]:
    return [(name, Chem.MolFromSmarts(smarts)) for name, smarts in FUNCTIONAL_GROUPS.items()]


_MOLECULE: Final = Part("molecule", canonical_molecule)
KINDS.add(
    "molecule",
    Kind("molecule", "molecules (SMILES without '*')", (_MOLECULE,), (50.0, 1000.0), functional_groups),
)
KINDS.add(
    "molecule-pair",
    Kind(
        "molecule-pair",
        "pairs molecule|molecule (SMILES without '*')",
        (_MOLECULE, Part("partner", canonical_molecule)),
        (50.0, 1000.0),
    ),
)
