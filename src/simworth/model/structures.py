"""A structure as a user gives it, read as the training data were."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Read:
    """One structure of a request."""

    parts: tuple[str, ...]
    """canonical structures: one, or polymer and solvent; () where it cannot be used"""
    reason: str = ""
    """why it cannot"""


def read(given: Any, kind: str) -> Read:
    """`kind` is polymer (SMILES with two '*'), composition (a formula), or pair ('polymer|solvent')."""
    if not isinstance(given, str) or not given.strip():
        return Read((), "not a text, or an empty one")
    text = given.strip()
    if kind == "composition":
        return Read((text,))
    from simworth.data.structures import StructureError, canonical_polymer, canonical_solvent

    try:
        if kind == "polymer":
            return Read((canonical_polymer(text),))
        if text.count("|") != 1:
            return Read((), "must be a polymer and a solvent, 'polymer|solvent'")
        polymer, solvent = text.split("|")
        return Read((canonical_polymer(polymer), canonical_solvent(solvent)))
    except StructureError as error:
        return Read((), str(error))
