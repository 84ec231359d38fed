"""Descriptors from a file of one's own: a vector for each structure, as a language model or another program gave it.

A task names `vectors:FILE@HASH`: a parquet file beside params.yaml and the beginning of its SHA-256, so that other
contents are another descriptor, for DVC as well.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from simworth.data.kinds import StructureError
from simworth.data.kinds.composition import canonical_composition
from simworth.data.kinds.molecule import canonical_solvent
from simworth.data.kinds.polymer import canonical_polymer
from simworth.digests import file_sha256
from simworth.errors import SimworthError
from simworth.features.registry import FAMILIES, Featurizer, Undescribed, Vector

DIGITS: Final = 12
"""of the hash that a task must name at least"""


def _smiles(text: str) -> str:
    return canonical_polymer(text) if "*" in text else canonical_solvent(text)


FORMS: Final[Mapping[str, Callable[[str], str]]] = {"smiles": _smiles, "composition": canonical_composition}
"""name of the file's first column -> canonical form of its structures"""


@dataclass(frozen=True)
class _Vectors:
    """A file of vectors, read."""

    columns: list[str]
    by_structure: dict[str, Vector | None]
    """canonical structure -> (columns,); None where two rows of the file contradict each other"""

    def of(self, structure: str) -> Vector:
        """(columns,) of a canonical structure."""
        if structure not in self.by_structure:
            raise Undescribed("not in the file")
        vector = self.by_structure[structure]
        if vector is None:
            raise Undescribed("more than once in the file, with different vectors")
        return vector


@FAMILIES.register("vectors")
def vectors(argument: str) -> Featurizer:
    """The featurizer of FILE@HASH; SimworthError where the file is missing, of another content or no such table."""
    file, _, said = argument.partition("@")
    try:
        found = file_sha256(Path(file))
    except OSError as error:
        raise SimworthError(
            f"descriptor 'vectors:{file}': cannot be read ({error.strerror}); name a parquet file beside params.yaml"
        ) from None
    if len(said) < DIGITS or not found.startswith(said):
        rule = f"is {found[:DIGITS]}" if said else "must stand behind the file's name"
        raise SimworthError(
            f"descriptor 'vectors:{argument}': the SHA-256 of the file {rule}; write 'vectors:{file}@{found[:DIGITS]}'"
        )
    table = _read(file, found)
    return Featurizer(f"vectors:{argument}", 1, lambda: table.columns, (), {"sha256": found}, table.of)


@functools.lru_cache(maxsize=4)
def _read(file: str, _: str) -> _Vectors:
    """The file of this name and hash."""
    try:
        table = pd.read_parquet(file)
    except (OSError, ValueError) as error:
        raise SimworthError(f"descriptor 'vectors:{file}': no parquet file ({error})") from None
    first = str(table.columns[0]) if len(table.columns) else ""
    if first not in FORMS:
        raise SimworthError(f"descriptor 'vectors:{file}': its first column is {first!r}; call it {' or '.join(FORMS)}")
    wrong = [str(name) for name in table.columns[1:] if not pd.api.types.is_numeric_dtype(table[name])]
    if wrong or len(table.columns) < 2:
        raise SimworthError(f"descriptor 'vectors:{file}': column {wrong[0] if wrong else 2!r} must hold numbers")
    values = table.iloc[:, 1:].to_numpy(dtype=np.float64)
    return _Vectors([str(name) for name in table.columns[1:]], _by_structure(table[first], FORMS[first], values))


def _by_structure(written: pd.Series, form: Callable[[str], str], values: Vector) -> dict[str, Vector | None]:
    """Canonical structure -> its one vector; texts that are no structure are skipped."""
    found: dict[str, Vector | None] = {}
    for text, vector in zip(written.astype(str), values, strict=True):
        try:
            structure = form(text)
        except StructureError:
            continue
        there = found.setdefault(structure, vector)
        if there is None or not np.array_equal(there, vector):
            found[structure] = None
    return found
