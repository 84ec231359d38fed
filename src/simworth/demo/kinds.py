"""What hidden properties are functions of: polymers, polymer-solvent pairs at a temperature, compositions."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from rdkit import Chem

from simworth.demo.materials import OTHERS, compose_compositions, compose_polymers, compose_solvents

Pair = tuple[str, str, float]
"""polymer, solvent, temperature in K"""
TEMPERATURES: Final = (298.15, 323.15, 348.15, 373.15)
"""K, at which pairs are measured"""
_REFERENCE: Final = 1500
"""things on which two hidden functions are made independent, with mean 0 and standard deviation 1"""
_POLYMERS: Final = 150
"""in the reference pairs"""
_ELEMENTS: Final = (6, 7, 8, 9, 16, 17)


@dataclass(frozen=True)
class MadeUpKind:
    """A kind of thing that properties belong to."""

    features: Callable[[Sequence[Any]], np.ndarray]
    """things -> (things, features)"""
    compose: Callable[[np.random.Generator], Sequence[Any]]
    """random things, the reference"""


def structural_features(structures: Sequence[str]) -> np.ndarray:
    """(structures, 17) plain counts of each repeat unit, per heavy atom, and its size."""
    return np.array([_of_polymer(Chem.MolFromSmiles(text)) for text in structures])


def _of_polymer(mol: Chem.Mol) -> list[float]:
    first, last = (atom.GetIdx() for atom in mol.GetAtoms() if not atom.GetAtomicNum())
    chain = len(Chem.GetShortestPath(mol, first, last)) - 2
    *count, size = _of_molecule(mol)
    return [*count, chain / (mol.GetNumAtoms() - 2), size]


def _of_molecule(mol: Chem.Mol) -> list[float]:
    """16 numbers; `*` is no atom."""
    atoms = [atom for atom in mol.GetAtoms() if atom.GetAtomicNum()]
    bonds = [bond for bond in mol.GetBonds() if not bond.IsInRing()]
    count = [sum(atom.GetAtomicNum() == number for atom in atoms) for number in _ELEMENTS]
    count += [
        sum(atom.GetIsAromatic() for atom in atoms),
        sum(atom.IsInRing() and not atom.GetIsAromatic() for atom in atoms),
        sum(atom.GetTotalNumHs() for atom in atoms),
        sum(atom.GetTotalNumHs() > 0 and atom.GetAtomicNum() in (7, 8) for atom in atoms),
        sum(atom.GetDegree() == 1 for atom in atoms),
        sum(atom.GetDegree() == 3 for atom in atoms),
        sum(atom.GetDegree() == 4 for atom in atoms),
        sum(bond.GetBondType() == Chem.BondType.DOUBLE for bond in bonds),
        sum(bond.GetBondType() == Chem.BondType.SINGLE for bond in bonds),
    ]
    return [*(number / len(atoms) for number in count), float(np.log(len(atoms)))]


def pair_features(pairs: Sequence[Pair]) -> np.ndarray:
    """(pairs, 34) of polymer, solvent and 1000 K / T."""
    polymers, solvents = (dict.fromkeys(column) for column in list(zip(*pairs, strict=True))[:2])
    of = {text: _of_polymer(Chem.MolFromSmiles(text)) for text in polymers}
    of |= {text: _of_molecule(Chem.MolFromSmiles(text)) for text in solvents}
    return np.array([[*of[polymer], *of[solvent], 1000 / kelvin] for polymer, solvent, kelvin in pairs])


def composition_features(formulas: Sequence[str]) -> np.ndarray:
    """(formulas, 9) mean and spread over atoms of four tabled numbers of the elements, and the share of non-metals."""
    return np.array([_of_formula(text) for text in formulas])


def _of_formula(text: str) -> list[float]:
    table = Chem.GetPeriodicTable()
    parts = [(name, float(amount or 1)) for name, amount in re.findall(r"([A-Z][a-z]?)([\d.]*)", text)]
    share = np.array([amount for _, amount in parts]) / sum(amount for _, amount in parts)
    known = (table.GetAtomicWeight, table.GetNOuterElecs, table.GetRcovalent, table.GetRvdw)
    values = np.array([[float(of(table.GetAtomicNumber(name))) for of in known] for name, _ in parts])
    mean = share @ values
    spread = np.sqrt(np.maximum(share @ (values - mean) ** 2, 0))
    return [*mean, *spread, float(sum(part for part, (name, _) in zip(share, parts, strict=True) if name in OTHERS))]


def _reference_pairs(rng: np.random.Generator) -> list[Pair]:
    polymers, solvents = compose_polymers(_POLYMERS, rng), compose_solvents(_POLYMERS, rng)
    drawn = rng.integers(_POLYMERS, size=(_REFERENCE, 2))
    kelvin = rng.choice(TEMPERATURES, size=_REFERENCE)
    return [(polymers[i], solvents[j], float(at)) for (i, j), at in zip(drawn, kelvin, strict=True)]


POLYMER: Final = MadeUpKind(structural_features, lambda rng: compose_polymers(_REFERENCE, rng))
PAIR: Final = MadeUpKind(pair_features, _reference_pairs)
COMPOSITION: Final = MadeUpKind(composition_features, lambda rng: compose_compositions(_REFERENCE, rng))
