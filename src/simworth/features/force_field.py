"""FFKM-190: the kernel mean of a polymer's force-field parameters (Hayashi et al., RadonPy).

`FF_descriptor(GAFF2_mod(), polar=True)` of radonpy-pypi with 20 centres and s = 1/40, on the macrocycle of 10
repeating units with Gasteiger charges. RadonPy computes the kernel mean and owns every rule. On 100 random polymers of
PI1070 the vectors equal RadonPy's own to 5e-16 and take a sixtieth of the processor time (16 ms against 970 ms each),
since the shortest macrocycle in which every atom sees what it sees in one of ten units takes the place of the long one.

A force-field kernel mean is an average over atoms, bonds, angles and dihedrals. A ring of k units and one of ten
are both covers of the same periodic chain, so what depends on an atom's surroundings is the same in both as long
as no rule sees the ring itself. GAFF's rules ask for rings of up to 14 atoms, RDKit for aromatic ones of any size,
which it finds by counting electrons around the macrocycle. Hence:

- a backbone of sp3 atoms outside rings needs 8 atoms in the macrocycle (no rule asks such atoms for rings above 4);
- any other needs more than 14, so that the macrocycle is no "ring" and shortens no ring of the unit;
- the chain must hold an atom that no double bond can cross, so that bond orders stay local; and either an atom with
  four neighbours, so that no macrocycle is aromatic, or no atom whose hybridization that would change;
- the unit's ends are single bonds and the unit is one piece.

Gasteiger charges spread along bonds by simultaneous updates, so they too are the same in every such cover. What
may depend on the order of atoms is for `simworth.features.gaff` to refuse.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from rdkit import Chem, rdBase

from simworth.features.chemistry import RDKIT, chain_ends, linkers, molecule, quiet, radonpy
from simworth.features.gaff import Parameters, parameters, parameters_in_any_order
from simworth.features.registry import Undescribed, Vector, featurizer

CENTRES: Final = 20
WIDTH: Final = 1 / 40
LONG: Final = 10
"""repeat units of the macrocycle that defines the descriptor"""
RING_SIZES: Final = 14
"""largest ring that GAFF's rules call a ring (radonpy.ff.gaff.GAFF.max_ring_size)"""
_PLAIN_RING: Final = 8
_PHOSPHORUS: Final = 15
_TERMINAL: Final = frozenset({0, 1, 9, 17, 35, 53})
"""linkers, hydrogen and halogens conjugate with nothing"""
_ORDERS: Final = (Chem.BondType.SINGLE, Chem.BondType.TRIPLE, Chem.BondType.DOUBLE)
"""a chain's ends may differ: RadonPy takes double before triple before single"""
_ELEMENTS: Final = ("H", "C", "N", "O", "F", "P", "S", "Cl", "Br", "I")
_PARAMETERS: Final = ("charge", "epsilon", "sigma", "k_bond", "r0", "polar", "k_angle", "theta0", "k_dih")


def columns() -> list[str]:
    """190 names: mass by element, then 20 centres of each of nine parameters."""
    masses = [f"mass_{element}" for element in _ELEMENTS]
    return masses + [f"{name}_{centre}" for name in _PARAMETERS for centre in range(CENTRES)]


@featurizer(
    "ffkm",
    version=1,
    columns=columns,
    libraries=("radonpy-pypi",),
    settings={"force_field": "GAFF2_mod", "centres": CENTRES, "width": WIDTH, "units": LONG, **RDKIT},
)
def ffkm(structure: str) -> Vector:
    """(190,) force-field kernel mean of a polymer (two `*`) or of a molecule (none), each entry in [0, 1]."""
    mol = molecule(structure)
    found = _of_polymer(mol, structure) if chain_ends(mol) else parameters(Chem.AddHs(mol))
    vector: Vector = _descriptor().ff_kernel_mean([found])
    return vector


def _of_polymer(mol: Chem.Mol, structure: str) -> Parameters:
    unit = repeat_unit(mol)
    if unit and (found := parameters_in_any_order(unit.ring())):
        return found
    with quiet():
        ring = long_ring(structure)
    return parameters(ring)


@functools.cache
def _descriptor() -> Any:
    """RadonPy's descriptor, given the parameters instead of a molecule that bears them."""

    class Descriptor(radonpy().descriptor):  # type: ignore[misc]
        def get_param_list(self, found: Parameters, ignoreH: bool = False) -> tuple[Vector, ...]:
            return found

    return Descriptor(radonpy().force_field, polar=True, nk=CENTRES, s=WIDTH)


@dataclass(frozen=True)
class RepeatUnit:
    """A repeat unit that a short macrocycle can stand for."""

    mol: Chem.Mol
    """with explicit hydrogens, without the `*`"""
    head: int
    """atom that bore the first `*`"""
    tail: int
    """atom that bore the second `*`, maybe the same"""
    copies: int
    """units of the shortest exact macrocycle"""

    def ring(self) -> Chem.Mol:
        """The macrocycle, sanitized, hydrogens explicit."""
        atoms = self.mol.GetNumAtoms()
        ring = Chem.RWMol()
        for _ in range(self.copies):
            ring.InsertMol(self.mol)
        for copy in range(self.copies):
            following = (copy + 1) % self.copies
            ring.AddBond(copy * atoms + self.tail, following * atoms + self.head, Chem.BondType.SINGLE)
        with rdBase.BlockLogs():
            Chem.SanitizeMol(ring)
        return ring.GetMol()


def repeat_unit(mol: Chem.Mol) -> RepeatUnit | None:
    """The repeat unit of a molecule with two `*`; None where only the long macrocycle is exact."""
    ends = linkers(mol)
    if len(Chem.GetMolFrags(mol)) > 1 or not all(_single_end(mol.GetAtomWithIdx(end)) for end in ends):
        return None
    path = Chem.GetShortestPath(mol, *ends)[1:-1]
    backbone = [mol.GetAtomWithIdx(index) for index in path]
    crossings = [atom for atom in backbone if not atom.IsInRing() or atom.GetIdx() in (path[0], path[-1])]
    if not any(_insulates(atom) for atom in crossings):
        return None
    if not any(atom.GetTotalDegree() > 3 for atom in crossings) and not _keeps_hybridization(mol, path):
        return None
    plain = all(_never_asked_for_rings(atom) for atom in backbone)
    size = _PLAIN_RING if plain else RING_SIZES + 1
    return _without_linkers(mol, path[0], path[-1], min(LONG, math.ceil(size / len(path))))


def long_ring(structure: str) -> Chem.Mol:
    """The macrocycle of ten units with the atoms in RadonPy's order (`poly.make_cyclicpolymer`), hydrogens explicit.

    RadonPy joins the units; its ring closure also marks the main chain, at twice the cost and to no use here.
    """
    chain = radonpy().poly.polymerize_MolFromSmiles(structure, n=LONG, terminal="*")
    ends = linkers(chain) if chain else []
    if len(ends) != 2:
        raise Undescribed(f"no chain of {LONG} units can be made")
    bonds = [chain.GetAtomWithIdx(end).GetBonds()[0] for end in ends]
    head, tail = (bond.GetOtherAtomIdx(end) for bond, end in zip(bonds, ends, strict=True))
    ring = Chem.RWMol(chain)
    ring.AddBond(tail, head, max((bond.GetBondType() for bond in bonds), key=_ORDERS.index))
    for end in reversed(ends):
        ring.RemoveAtom(end)
    Chem.SanitizeMol(ring)
    return ring.GetMol()


def _single_end(linker: Chem.Atom) -> bool:
    return bool(linker.GetBonds()[0].GetBondType() == Chem.BondType.SINGLE)


def _never_asked_for_rings(atom: Chem.Atom) -> bool:
    """GAFF asks sp2 and sp atoms and phosphorus whether they are in a ring, and sp3 carbon for rings of 3 and 4."""
    sp3 = atom.GetHybridization() == Chem.HybridizationType.SP3
    return sp3 and not atom.IsInRing() and atom.GetAtomicNum() != _PHOSPHORUS


def _insulates(atom: Chem.Atom) -> bool:
    """Whether no double bond of any Kekule form crosses an atom that every path along the chain crosses."""
    if atom.GetTotalDegree() == atom.GetTotalValence():
        return True
    return not atom.IsInRing() and all(
        bond.GetBondType() == Chem.BondType.SINGLE or bond.GetOtherAtom(atom).GetTotalDegree() == 1
        for bond in atom.GetBonds()
    )


def _keeps_hybridization(mol: Chem.Mol, path: Sequence[int]) -> bool:
    """Whether aromaticity of the macrocycle would change no atom: all that it could reach is sp2 or has no choice."""
    zone = set(path)
    rings = [set(ring) for ring in mol.GetRingInfo().AtomRings()]
    while touching := [ring for ring in rings if ring & zone and not ring <= zone]:
        zone.update(*touching)
    reached = zone.union(*([near.GetIdx() for near in mol.GetAtomWithIdx(one).GetNeighbors()] for one in zone))
    atoms = [mol.GetAtomWithIdx(index) for index in reached]
    return all(
        atom.GetHybridization() == Chem.HybridizationType.SP2
        or atom.GetTotalDegree() > 3
        or atom.GetAtomicNum() in _TERMINAL
        for atom in atoms
    )


def _without_linkers(mol: Chem.Mol, head: int, tail: int, copies: int) -> RepeatUnit:
    unit = Chem.RWMol(Chem.AddHs(mol))
    Chem.RemoveStereochemistry(unit)  # no rule asks for it
    ends = linkers(mol)
    for end in sorted(ends, reverse=True):
        unit.RemoveAtom(end)
    before = [sum(end < atom for end in ends) for atom in (head, tail)]
    return RepeatUnit(unit.GetMol(), head - before[0], tail - before[1], copies)
