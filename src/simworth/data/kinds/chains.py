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
from rdkit.Chem import rdMolDescriptors

from simworth.data.kinds.kind import StructureError

MAX_CHARACTERS: Final = 2000
"""A longer SMILES is no repeat unit."""
MAX_RING_CHARACTERS: Final = 20_000
"""A longer SMILES is no ring of ten repeat units."""
MACROCYCLE: Final = 10
"""atoms; a ring of repeat units has at least so many"""
_STAR: Final = Chem.MolFromSmarts("[#0]")
_END: Final = re.compile(r"\[\d*\*(?::\d+)?\]|\*")
_CAPS: Final = re.compile(r"\[(?:Cu|Au|Th|Pb|Cd|Lr|e|t|g|d|q|R|Q|X|Y|Z|At|Po)\]")
"""atoms that others write for the ends of a repeat unit"""
SINGLE: Final = Chem.BondType.SINGLE
_ZIP: Final = Chem.MolzipParams()
_ZIP.label = Chem.MolzipLabel.AtomMapNumber


def molecule(smiles: str, limit: int = MAX_CHARACTERS) -> Chem.Mol:
    """A molecule from SMILES of at most `limit` characters, atom maps dropped."""
    if not smiles.strip():
        raise StructureError("no SMILES")
    if len(smiles) > limit:
        raise StructureError(f"SMILES of more than {limit} characters")
    if len(smiles.split()) > 1:
        raise StructureError("SMILES with a space")  # RDKit would read what follows as a name
    mol = Chem.MolFromSmiles(smiles)
    if mol is None or not mol.GetNumAtoms():
        raise StructureError("not a SMILES")
    if ":" in smiles:
        for atom in mol.GetAtoms():
            atom.SetAtomMapNum(0)
    return mol


def opened_ring(smiles: str) -> str:
    """SMILES of a ring of repeat units, cut at one of the single bonds that only the large ring has."""
    molecule(smiles, MAX_RING_CHARACTERS)
    mol = Chem.RemoveHs(Chem.MolFromSmiles(smiles, sanitize=False), sanitize=False)
    # without aromaticity: RDKit may take the whole ring of units for an aromatic one
    Chem.SanitizeMol(mol, Chem.SanitizeFlags.SANITIZE_ALL ^ Chem.SanitizeFlags.SANITIZE_SETAROMATICITY)
    Chem.AssignStereochemistry(mol, cleanIt=True, force=True)
    rings = mol.GetRingInfo()
    sizes = {bond.GetIdx(): rings.MinBondRingSize(bond.GetIdx()) for bond in mol.GetBonds() if bond.IsInRing()}
    largest = max(sizes.values(), default=0)
    around = [index for index, size in sizes.items() if size == largest]
    joints = [index for index in around if mol.GetBondWithIdx(index).GetBondType() == SINGLE]
    if largest < MACROCYCLE or not joints:
        raise StructureError("neither a repeat unit with two '*' nor a ring of repeat units")
    return str(Chem.MolToSmiles(Chem.FragmentOnBonds(mol, joints[:1], dummyLabels=[(1, 2)])))


def parse_unit(smiles: str, limit: int = MAX_CHARACTERS) -> tuple[Chem.Mol, Counter[str]]:
    """The repeat unit, its ends [1*] and [2*], and canonical SMILES of what accompanies it (counter-ions).

    Ends alike would cost RDKit the stereocentres between them.
    """
    refuse_other_notation(smiles)
    if smiles.count("*") != 2:  # cheap, and the message says what was found
        raise StructureError(f"{smiles.count('*')} '*' instead of 2")
    labels = iter(("[1*]", "[2*]"))
    mol = molecule(_END.sub(lambda _: next(labels), smiles), limit)
    others: Counter[str] = Counter()
    if "." in smiles:
        parts = Chem.GetMolFrags(mol, asMols=True)
        mol = next((part for part in parts if part.HasSubstructMatch(_STAR)), mol)
        beside = [part for part in parts if not part.HasSubstructMatch(_STAR)]
        _refuse_others(mol, beside)
        others.update(Chem.MolToSmiles(part) for part in beside)
    ends = [mol.GetAtomWithIdx(index) for index in stars(mol)]
    if len(ends) != 2:
        raise StructureError("the two '*' are not joined by a chain")
    if any(end.GetDegree() != 1 or end.GetFormalCharge() for end in ends):
        raise StructureError("a '*' that is not the end of one bond")
    if len({end.GetBonds()[0].GetBondType() for end in ends}) > 1:
        raise StructureError("the two '*' hang on different kinds of bond")
    if mol.GetNumAtoms() < 3:
        raise StructureError("no atom between the two '*'")
    return mol, others


def refuse_other_notation(smiles: str) -> None:
    """StructureError with the way out for what is no SMILES of one repeat unit, but a known way to write polymers."""
    if "{" in smiles or "[<" in smiles or "[$" in smiles or "[>" in smiles:
        raise StructureError("BigSMILES; write the repeat unit as SMILES with two '*'")
    if smiles.count("*") > 2 and ("." in smiles or "," in smiles):
        raise StructureError("a copolymer or blend: several repeat units")
    ends = dict.fromkeys(_CAPS.findall(smiles))
    if not smiles.count("*") and ends:
        raise StructureError(f"chain ends written {' and '.join(ends)}; write them as '*'")


def _refuse_others(unit: Chem.Mol, beside: list[Chem.Mol]) -> None:
    """Only counter-ions may accompany a repeat unit: of its charge, with the other sign."""
    charge = Chem.GetFormalCharge(unit)
    charges = [Chem.GetFormalCharge(part) for part in beside]
    if 0 in charges:
        raise StructureError("a neutral molecule beside the repeat unit; a mixture is no homopolymer")
    if any(one * charge >= 0 for one in charges):
        raise StructureError("ions beside a repeat unit that they do not neutralise")


def stars(mol: Chem.Mol) -> list[int]:
    """Atoms [1*] and [2*], in this order."""
    found = [match[0] for match in mol.GetSubstructMatches(_STAR)]
    return sorted(found, key=lambda index: mol.GetAtomWithIdx(index).GetIsotope())


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
    def kinds(self) -> list[tuple[int, int]]:
        """What both atoms of each joint of the closed chain look like, cheaply; the joint through the `*` first."""
        atoms = rdMolDescriptors.GetConnectivityInvariants(self.mol)
        around = [(self.path[-2], self.path[1]), *self.joints]
        return [(atoms[left], atoms[right]) for left, right in around]

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
        """The same chain, closed through its `*` and cut at another joint, stereochemistry kept."""
        cut = self._cut(slice(joint, joint + 1))
        for end in self.ends:
            cut.GetAtomWithIdx(end).SetAtomMapNum(1)
        joined = Chem.molzip(cut, _ZIP)
        Chem.FastFindRings(joined)
        return joined

    def _recut_flat(self, joint: int) -> Chem.Mol:
        """As `recut`, at half the price, where there is no stereochemistry to keep; the ends keep their numbers."""
        (first, last), (left, right) = self.ends, self.joints[joint]
        edited = Chem.RWMol(self.mol)
        for pair in ((first, self.path[1]), (self.path[-2], last), (left, right)):
            edited.RemoveBond(*pair)
        for pair in ((self.path[-2], self.path[1]), (first, right), (left, last)):
            edited.AddBond(*pair, SINGLE)
        return edited

    def spellings(self, joint: int | None, stereo: bool) -> list[str]:
        """SMILES of the chain cut at a joint (None: where it is cut), its ends alike; one of them is canonical."""
        if not stereo:
            flat = Chem.Mol(self.mol) if joint is None else self._recut_flat(joint)
            for end in self.ends:
                flat.GetAtomWithIdx(end).SetIsotope(0)
            return [Chem.MolToSmiles(flat)]
        cut = Chem.Mol(self.mol) if joint is None else self.recut(joint)
        ends = [cut.GetAtomWithIdx(index) for index in stars(cut)]
        found = []
        for labels in ((1, 2), (2, 1)):  # read from either end
            for end, label in zip(ends, labels, strict=True):
                end.SetIsotope(label)
            fresh = Chem.MolFromSmiles(Chem.MolToSmiles(cut))  # joining parts leaves stereo of rings unperceived
            found.append(_END.sub("*", Chem.MolToSmiles(fresh)))
        return found

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
        if chain.kinds != chain.kinds[:period] * copies or chain.marks != chain.marks[:period] * copies:
            continue
        pieces = set(chain.pieces(slice(period - 1, None, period)))
        if len(pieces) == 1:
            return Chain.of(parse_unit(pieces.pop())[0]), copies
    return chain, 1


def canonical_cut(chain: Chain, stereo: bool) -> str:
    """Canonical SMILES of a chain: cut at the rarest kind of joint, and there by rank; the least where these tie."""
    kinds = [tuple(sorted(pair)) for pair in chain.kinds]
    numbers = Counter(kinds)
    rarest = min(kinds, key=lambda kind: (numbers[kind], kind))
    tied = [index for index, kind in enumerate(kinds) if kind == rarest]
    if len(tied) > 1:
        marks = {index: tuple(sorted(chain.marks[index])) for index in tied}
        tied = [index for index in tied if marks[index] == min(marks.values())]
    same = len(kinds) > 2 or len(chain.path) == 4  # two backbone atoms: the other cut is the unit read backwards
    if same and not stereo:
        tied = tied[:1]
    return min(text for index in tied for text in chain.spellings(index - 1 if index else None, stereo))


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
