"""The GAFF2_mod parameters of a molecule: RadonPy's rules, each asked once per combination of atom types.

RadonPy compares every new angle and dihedral with all that it found before, which takes 95 % of its time, and looks
the same parameters up again and again.
"""

from __future__ import annotations

import contextlib
import functools
import io
import math
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from rdkit import Chem
from rdkit.Chem import rdPartialCharges

from simworth.features.chemistry import quiet, radonpy
from simworth.features.registry import Undescribed, Vector

_ORDERED: Final = frozenset({"cd", "cf", "ch", "cq", "nd", "nf", "pd", "pf"})
"""types that RadonPy gives to every other atom of a conjugated system, counting in the order of atoms"""


class Parameters(NamedTuple):
    """Force-field parameters of a molecule, one entry per atom, bond, angle or dihedral, in RadonPy's order."""

    mass: Vector
    charge: Vector
    epsilon: Vector
    sigma: Vector
    k_bond: Vector
    r0: Vector
    polar: Vector
    """difference of the charges of a bond's atoms"""
    k_angle: Vector
    theta0: Vector
    k_dihedral: Vector


def parameters(mol: Chem.Mol) -> Parameters:
    """Parameters of a molecule with explicit hydrogens, which is changed to the MDL model of aromaticity.

    Raises Undescribed where the force field lacks some.
    """
    with quiet():
        return _typed(mol).parameters(mol)


def parameters_in_any_order(mol: Chem.Mol) -> Parameters | None:
    """`parameters`, or None where they might depend on the order of the molecule's atoms."""
    with quiet():
        terms = _typed(mol)
        return terms.parameters(mol) if terms.same_in_any_order() else None


def _typed(mol: Chem.Mol) -> _Terms:
    Chem.Kekulize(mol, clearAromaticFlags=True)
    Chem.SetAromaticity(mol, Chem.AromaticityModel.AROMATICITY_MDL)
    with contextlib.redirect_stdout(io.StringIO()) as said:
        known = radonpy().force_field.assign_ptypes(mol)
    if not known:
        raise Undescribed(f"GAFF2_mod has no atom type: {_complaint(said)}")
    atoms = [atom.GetProp("ff_type") for atom in mol.GetAtoms()]
    near = [[one.GetIdx() for one in atom.GetNeighbors()] for atom in mol.GetAtoms()]
    pairs = [(bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()) for bond in mol.GetBonds()]
    for atom, name in zip(mol.GetAtoms(), atoms, strict=True):
        ELEMENT[name] = atom.GetSymbol()
    return _Terms(
        atoms=atoms,
        pairs=pairs,
        bonds=[(atoms[i], atoms[j]) for i, j in pairs],
        angles=[
            (atoms[i], atoms[middle], atoms[j])
            for middle, ends in enumerate(near)
            for place, i in enumerate(ends)
            for j in ends[place + 1 :]
        ],
        dihedrals=[
            (atoms[h], atoms[i], atoms[j], atoms[k])
            for i, j in pairs
            for h in near[i]
            if h != j
            for k in near[j]
            if k not in (h, i)
        ],
    )


def _complaint(said: io.StringIO) -> str:
    """RadonPy's first complaint, without the number of the atom, so that structures alike give the same."""
    line = (said.getvalue().strip().splitlines() or ["unknown"])[0]
    return line.rpartition("index ")[2].partition(", ")[2] or line


@dataclass(frozen=True)
class _Terms:
    """Atom types along a molecule's atoms, bonds, angles and dihedrals, in RadonPy's order and direction."""

    atoms: list[str]
    pairs: list[tuple[int, int]]
    bonds: list[Types]
    angles: list[Types]
    dihedrals: list[Types]

    def same_in_any_order(self) -> bool:
        distinct = dict.fromkeys([*self.bonds, *self.angles, *self.dihedrals])
        return not _ORDERED.intersection(self.atoms) and all(map(same_from_either_end, distinct))

    def parameters(self, mol: Chem.Mol) -> Parameters:
        bonds = _table("bond", self.bonds, 2)
        angles = _table("angle", self.angles, 2)
        dihedrals = _table("dihedral", self.dihedrals, 1)
        particles = radonpy().force_field.param.pt
        charge = _charges(mol)
        begin, end = np.array(self.pairs, dtype=int).reshape(-1, 2).T
        return Parameters(
            mass=np.array([atom.GetMass() for atom in mol.GetAtoms()]),
            charge=charge,
            epsilon=np.array([particles[one].epsilon for one in self.atoms], dtype=float),
            sigma=np.array([particles[one].sigma for one in self.atoms], dtype=float),
            k_bond=bonds[:, 0],
            r0=bonds[:, 1],
            polar=np.abs(charge[begin] - charge[end]),
            k_angle=angles[:, 0],
            theta0=angles[:, 1],
            k_dihedral=dihedrals[:, 0],
        )


def _charges(mol: Chem.Mol) -> Vector:
    rdPartialCharges.ComputeGasteigerCharges(mol)
    charges = np.array([atom.GetDoubleProp("_GasteigerCharge") for atom in mol.GetAtoms()])
    if not np.isfinite(charges).all():
        strange = mol.GetAtomWithIdx(int(np.flatnonzero(~np.isfinite(charges))[0]))
        raise Undescribed(f"no Gasteiger charge near an atom of {strange.GetSymbol()}")
    return charges


def _table(what: str, rows: list[Types], width: int) -> Vector:
    found = [term_parameters(types) for types in rows]
    if None in found:
        types = rows[found.index(None)]
        raise Undescribed(f"GAFF2_mod has no parameters for the {what} {'-'.join(min(types, types[::-1]))}")
    return np.array(found, dtype=float).reshape(-1, width)


Types = tuple[str, ...]
"""atom types along the chain"""
ELEMENT: Final[dict[str, str]] = {}
"""atom type -> element, filled as types are met; a GAFF type belongs to one element"""


@functools.cache
def term_parameters(types: Types) -> tuple[float, ...] | None:
    """(k, r0) of a bond, (k, theta0) of an angle or (largest k,) of a dihedral's Fourier terms, by the number of atom
    types; None where the force field has none."""
    chain, rules = Chem.RWMol(), radonpy().force_field
    for index, kind in enumerate(types):
        chain.AddAtom(Chem.Atom(ELEMENT[kind]))
        chain.GetAtomWithIdx(index).SetProp("ff_type", kind)
        if index:
            chain.AddBond(index - 1, index, Chem.BondType.SINGLE)
    assign = {2: rules.assign_btypes, 3: rules.assign_atypes, 4: rules.assign_dtypes}[len(types)]
    if not assign(chain):
        return None
    if len(types) == 4:
        return (float(np.max(chain.dihedrals[0].ff.k)),)
    if len(types) == 3:
        return chain.angles[0].ff.k, chain.angles[0].ff.theta0
    bond = chain.GetBondWithIdx(0)
    return bond.GetDoubleProp("ff_k"), bond.GetDoubleProp("ff_r0")


@functools.cache
def same_from_either_end(types: Types) -> bool:
    """Whether parameters are the same read from either end."""
    there, back = term_parameters(types), term_parameters(types[::-1])
    if there is None or back is None:
        return False
    return all(math.isclose(*pair, rel_tol=1e-13) for pair in zip(there, back, strict=True))
