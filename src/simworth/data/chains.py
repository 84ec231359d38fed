"""The chain that a repeat unit stands for: its segments, their joints, where it is cut and how it is written.

An infinite chain is a cyclic word of segments, joined by the single bonds that every path along the chain must
cross. Closing the unit through its two `*` gives that cycle.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections import Counter
from dataclasses import dataclass
from typing import Final

from rdkit import Chem

from simworth.errors import SimworthError

MAX_CHARACTERS: Final = 2000
"""A longer SMILES is no repeat unit."""
_STAR: Final = Chem.MolFromSmarts("[#0]")
_END: Final = re.compile(r"\[\d*\*(?::\d+)?\]|\*")
SINGLE: Final = Chem.BondType.SINGLE
_ZIP: Final = Chem.MolzipParams()
_ZIP.label = Chem.MolzipLabel.AtomMapNumber


class StructureError(SimworthError):
    """A structure that is not what it should be; the message is the reason alone, fit to be counted."""


def molecule(smiles: str) -> Chem.Mol:
    if not smiles.strip():
        raise StructureError("no SMILES")
    if len(smiles) > MAX_CHARACTERS:
        raise StructureError(f"SMILES of more than {MAX_CHARACTERS} characters")
    if any(mark.isspace() for mark in smiles.strip()):
        raise StructureError("SMILES with a space")  # RDKit would read what follows as a name
    mol = Chem.MolFromSmiles(smiles)
    if mol is None or not mol.GetNumAtoms():
        raise StructureError("not a SMILES")
    if ":" in smiles:  # atom maps are no part of a structure
        for atom in mol.GetAtoms():
            atom.SetAtomMapNum(0)
    return mol


def parse_unit(smiles: str) -> tuple[Chem.Mol, Counter[str]]:
    """The repeat unit, its ends [1*] and [2*], and canonical SMILES of what accompanies it (counter-ions).

    Ends alike would cost RDKit the stereocentres between them.
    """
    if smiles.count("*") != 2:  # cheap, and the message says what was found
        raise StructureError(f"{smiles.count('*')} '*' instead of 2")
    labels = iter(("[1*]", "[2*]"))
    mol = molecule(_END.sub(lambda _: next(labels), smiles))
    others: Counter[str] = Counter()
    if "." in smiles:
        parts = Chem.GetMolFrags(mol, asMols=True)
        mol = next((part for part in parts if part.HasSubstructMatch(_STAR)), mol)
        others.update(Chem.MolToSmiles(part) for part in parts if not part.HasSubstructMatch(_STAR))
    ends = [mol.GetAtomWithIdx(index) for index in stars(mol)]
    if len(ends) != 2:
        raise StructureError("the two '*' are not joined by a chain")
    if any(end.GetDegree() != 1 or end.GetFormalCharge() for end in ends):
        raise StructureError("a '*' that is not the end of one bond")
    if ends[0].GetBonds()[0].GetBondType() != ends[1].GetBonds()[0].GetBondType():
        raise StructureError("the two '*' hang on different kinds of bond")
    if mol.GetNumAtoms() < 3:
        raise StructureError("no atom between the two '*'")
    return mol, others


def stars(mol: Chem.Mol) -> list[int]:
    """Atoms [1*] and [2*], in this order."""
    found = [match[0] for match in mol.GetSubstructMatches(_STAR)]
    return sorted(found, key=lambda index: mol.GetAtomWithIdx(index).GetIsotope())


def written(mol: Chem.Mol, stereo: bool) -> str:
    """Canonical SMILES of a unit whose two ends are alike."""
    ends = [mol.GetAtomWithIdx(index) for index in stars(mol)]
    if not stereo:
        for end in ends:
            end.SetIsotope(0)
        return str(Chem.MolToSmiles(mol))
    spellings = []
    for labels in ((1, 2), (2, 1)):  # read from either end
        for end, label in zip(ends, labels, strict=True):
            end.SetIsotope(label)
        fresh = Chem.MolFromSmiles(Chem.MolToSmiles(mol))  # joining parts leaves stereo of rings unperceived
        spellings.append(_END.sub("*", Chem.MolToSmiles(fresh)))
    return min(spellings)


@dataclass(frozen=True)
class Chain:
    """A repeat unit and the joints of its segments."""

    mol: Chem.Mol
    ends: tuple[int, int]
    """atoms `*`"""
    path: tuple[int, ...]
    """atoms from `*` to `*`"""
    joints: tuple[tuple[int, int], ...]
    """(left, right) atoms of each single bond outside rings along the path, in order, without those of the `*`"""
    bonds: tuple[int, ...]
    """their bond numbers"""

    @classmethod
    def of(cls, mol: Chem.Mol) -> Chain:
        first, last = stars(mol)
        path = tuple(Chem.GetShortestPath(mol, first, last))
        pairs = tuple(itertools.pairwise(path[1:-1]))
        bonds = [mol.GetBondBetweenAtoms(*pair) for pair in pairs]
        cuttable = [bond.GetBondType() == SINGLE and not bond.IsInRing() for bond in bonds]
        joints = tuple(itertools.compress(pairs, cuttable))
        indices = tuple(bond.GetIdx() for bond in itertools.compress(bonds, cuttable))
        return cls(mol, (first, last), path, joints, indices)

    @functools.cached_property
    def marks(self) -> list[tuple[int, int]]:
        """Canonical ranks of both atoms of each joint of the closed chain, the joint through the `*` first."""
        if len(self.joints) < 2:  # closing the chain would join neighbours; such a chain needs no ranks
            return [(0, 0)] * (len(self.joints) + 1)
        first, last = self.path[1], self.path[-2]
        ring = Chem.RWMol(self.mol)
        ring.AddBond(first, last, SINGLE)
        ring.RemoveBond(self.ends[0], first)
        ring.RemoveBond(self.ends[1], last)
        ring.UpdatePropertyCache(strict=False)
        Chem.RemoveStereochemistry(ring)
        Chem.FastFindRings(ring)
        ranks = list(Chem.CanonicalRankAtoms(ring, breakTies=False, includeChirality=False))
        return [(ranks[left], ranks[right]) for left, right in [(last, first), *self.joints]]

    def recut(self, joint: int) -> Chem.Mol:
        """The same chain, closed through its `*` and cut at another joint."""
        cut = self._cut(slice(joint, joint + 1))
        for end in self.ends:
            cut.GetAtomWithIdx(end).SetAtomMapNum(1)
        return Chem.molzip(cut, _ZIP)

    def pieces(self, joints: slice) -> list[str]:
        """SMILES of the pieces between joints, where the left end of each is [1*] and the right one [2*]."""
        return str(Chem.MolToSmiles(self._cut(joints))).split(".")

    def _cut(self, joints: slice) -> Chem.Mol:
        labels = []
        for (left, _), bond in zip(self.joints[joints], self.bonds[joints], strict=True):
            along = self.mol.GetBondWithIdx(bond).GetBeginAtomIdx() == left
            labels.append((1, 2) if along else (2, 1))  # RDKit: label of the stand-in for the begin atom, the end atom
        return Chem.FragmentOnBonds(self.mol, self.bonds[joints], dummyLabels=labels)


def single_ends(mol: Chem.Mol) -> Chem.Mol:
    """The unit cut at a single bond where it has one: `*=CC=*` is `*C=C*`."""
    end = mol.GetAtomWithIdx(stars(mol)[0])
    if end.GetBonds()[0].GetBondType() == SINGLE:
        return mol
    chain = Chain.of(mol)
    return chain.recut(0) if chain.joints else mol


def shortest(chain: Chain, others: Counter[str]) -> tuple[Chain, int]:
    """The unit without repetition, and how often it had been written."""
    segments, atoms = len(chain.joints) + 1, chain.mol.GetNumAtoms() - 2
    for period in range(1, segments):
        copies = segments // period
        if segments % period or atoms % copies or any(count % copies for count in others.values()):
            continue
        if chain.marks != chain.marks[:period] * copies:
            continue
        pieces = set(chain.pieces(slice(period - 1, None, period)))
        if len(pieces) == 1:
            return Chain.of(parse_unit(pieces.pop())[0]), copies
    return chain, 1


def candidates(chain: Chain, stereo: bool) -> list[Chem.Mol]:
    """The cuts among which the canonical one is; more than one only where ranks cannot tell them apart."""
    marks = [tuple(sorted(pair)) for pair in chain.marks]
    tied = [index for index, mark in enumerate(marks) if mark == min(marks)]
    same = len(marks) > 2 or len(chain.path) == 4  # two backbone atoms: the other cut is the unit read backwards
    if same and not stereo:
        tied = tied[:1]
    return [chain.recut(index - 1) if index else chain.mol for index in tied]


def without_centres(mol: Chem.Mol) -> Chem.Mol:
    for atom in mol.GetAtoms():
        atom.SetChiralTag(Chem.ChiralType.CHI_UNSPECIFIED)
    return mol


def has_stereo(mol: Chem.Mol) -> bool:
    unspecified = Chem.ChiralType.CHI_UNSPECIFIED
    return any(atom.GetChiralTag() != unspecified for atom in mol.GetAtoms()) or any(
        bond.GetStereo() > Chem.BondStereo.STEREOANY for bond in mol.GetBonds()
    )


def usual_unit(chain: Chain) -> str:
    """The unit that most of a chain consists of."""
    segments = len(chain.joints) + 1
    for period in range(1, segments // 2 + 1):
        copies = segments // period
        if segments % period == 0 and chain.marks == chain.marks[:period] * copies:
            pieces = Counter(chain.pieces(slice(period - 1, None, period)))
            unit, count = pieces.most_common(1)[0]
            if count > copies / 2:
                return unit
    raise StructureError("a ring that does not consist of one repeat unit")
