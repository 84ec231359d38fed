"""Kinds of material, a file each; importing this package registers them."""

from simworth.data.kinds import composition, molecule, polymer
from simworth.data.kinds.kind import KINDS, Canonical, Kind, Part, StructureError, canonical, kind_of

__all__ = [
    "KINDS", "Canonical", "Kind", "Part", "StructureError", "canonical", "composition", "kind_of", "molecule",
    "polymer",
]  # fmt: skip
