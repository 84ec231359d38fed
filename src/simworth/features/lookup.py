"""GAFF2_mod parameters of one bond, angle or dihedral by the types of its atoms, by RadonPy's own rules.

RadonPy's assignment routines are given a chain of two, three or four bare atoms that stands for all bonds, angles or
dihedrals of these types; each answer is found once per process.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from simworth.features.chemistry import radonpy

Types = tuple[str, ...]
"""atom types along the chain"""
Lookup = Callable[[Types], tuple[float, ...] | None]

ELEMENT: Final[dict[str, str]] = {}
"""atom type -> element, filled as types are met; a GAFF type belongs to one element"""


class _Atom:
    """As much of an RDKit atom as RadonPy's rules ask for."""

    def __init__(self, index: int, kind: str) -> None:
        self._index = index
        self._kind = kind
        self.neighbours: list[_Atom] = []

    def GetIdx(self) -> int:
        return self._index

    def GetProp(self, _: str) -> str:
        return self._kind

    def GetSymbol(self) -> str:
        return ELEMENT[self._kind]

    def GetNeighbors(self) -> list[_Atom]:
        return self.neighbours


class _Bond:
    """As much of an RDKit bond as RadonPy's rules ask for."""

    def __init__(self, begin: _Atom, end: _Atom) -> None:
        self._begin = begin
        self._end = end
        self.found: dict[str, float] = {}

    def GetBeginAtom(self) -> _Atom:
        return self._begin

    def GetEndAtom(self) -> _Atom:
        return self._end

    def HasProp(self, name: str) -> bool:
        return name in self.found

    def SetProp(self, name: str, value: Any) -> None:
        self.found[name] = value

    SetDoubleProp = SetProp


class _Chain:
    """A molecule of a few atoms in a row, known by their types alone."""

    def __init__(self, types: Types) -> None:
        self._atoms = [_Atom(index, kind) for index, kind in enumerate(types)]
        self.bonds = [_Bond(*pair) for pair in zip(self._atoms, self._atoms[1:], strict=False)]
        for one, other in zip(self._atoms, self._atoms[1:], strict=False):
            one.neighbours.append(other)
            other.neighbours.append(one)
        self.angles: list[Any] = []
        self.dihedrals: list[Any] = []

    def GetAtoms(self) -> list[_Atom]:
        return self._atoms

    def GetBonds(self) -> list[_Bond]:
        return self.bonds

    def SetProp(self, name: str, value: str) -> None:
        """RadonPy notes the style of its terms, which nobody asks for here."""


@functools.cache
def bond_parameters(types: Types) -> tuple[float, float] | None:
    """(k, r0) of a bond, None where the force field has none."""
    chain = _Chain(types)
    if not radonpy().force_field.assign_btypes(chain):
        return None
    return chain.bonds[0].found["ff_k"], chain.bonds[0].found["ff_r0"]


@functools.cache
def angle_parameters(types: Types) -> tuple[float, float] | None:
    """(k, theta0) of an angle, None where the force field has none."""
    chain = _Chain(types)
    if not radonpy().force_field.assign_atypes(chain):
        return None
    return chain.angles[0].ff.k, chain.angles[0].ff.theta0


@functools.cache
def dihedral_parameters(types: Types) -> tuple[float] | None:
    """(largest k,) of a dihedral's Fourier terms, None where the force field has none."""
    chain = _Chain(types)
    if not radonpy().force_field.assign_dtypes(chain):
        return None
    return (float(np.max(chain.dihedrals[0].ff.k)),)


@functools.cache
def same_from_either_end(find: Lookup, types: Types) -> bool:
    """Whether parameters are the same read from either end."""
    there, back = find(types), find(types[::-1])
    if there is None or back is None:
        return False
    return all(math.isclose(*pair, rel_tol=1e-13) for pair in zip(there, back, strict=True))
