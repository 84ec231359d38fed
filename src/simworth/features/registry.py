"""Featurizers: each turns one structure into one vector, or says why it cannot; a decorator registers it."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pydantic import JsonValue

from simworth.digests import digest
from simworth.registry import Registry

Vector = NDArray[np.float64]
OR: Final = " or "
"""between a descriptor and the one that stands in where it fails"""


class Undescribed(Exception):
    """A structure that a featurizer cannot describe; the message is the reason, the same for structures alike."""


@dataclass(frozen=True)
class StructureVector:
    """What a featurizer made of one structure."""

    structure: str
    vector: Vector | None
    """(columns,) finite values, None where it cannot be described"""
    reason: str = ""
    """why it cannot, '' where it can"""


@dataclass(frozen=True)
class Failure:
    """A structure without a descriptor."""

    structure: str
    featurizer: str
    reason: str


@dataclass(frozen=True)
class Described:
    """Descriptors of structures, in the order asked for."""

    values: Vector
    """(structures, columns) float64; a structure that cannot be described is a row of NaN"""
    failures: tuple[Failure, ...] = ()
    """one for each distinct structure that cannot be described"""
    computed: int = 0
    """distinct structures computed for this; the others came from the store"""


@dataclass(frozen=True)
class Featurizer:
    """A registered featurizer; calling it describes structures in this process, without the store."""

    name: str
    version: int
    """raised whenever its numbers change"""
    names: Callable[[], Sequence[str]] = field(repr=False)
    """names of its columns"""
    libraries: tuple[str, ...]
    """distributions whose versions its numbers may depend on"""
    settings: Mapping[str, JsonValue]
    """JSON-able parameters behind its numbers"""
    one: Callable[[str], Vector] = field(repr=False)
    """structure -> (columns,) values; raises Undescribed"""

    @functools.cached_property
    def columns(self) -> tuple[str, ...]:
        """Names of its columns, in order."""
        return tuple(self.names())

    @functools.cached_property
    def provenance(self) -> dict[str, JsonValue]:
        """What its numbers depend on, JSON-able."""
        return {
            "featurizer": self.name,
            "version": self.version,
            "columns": list(self.columns),
            "settings": dict(self.settings),
            "libraries": {name: _version(name) for name in self.libraries},
        }

    @functools.cached_property
    def digest(self) -> str:
        """32 hex digits that stand for `provenance`; descriptors are kept under them."""
        return digest(self.provenance)

    def __call__(self, structures: Sequence[str]) -> Vector:
        """(structures, columns) float64; a structure that cannot be described is a row of NaN."""
        return self.describe(structures).values

    def describe(self, structures: Sequence[str]) -> Described:
        """Values and the reason for each row of NaN, computed here and now."""
        return collect(structures, self, [self.outcome(one) for one in dict.fromkeys(structures)])

    def outcome(self, structure: str) -> StructureVector:
        """Vector or reason of one structure; never raises for a structure's sake."""
        try:
            vector = np.asarray(self.one(structure), dtype=np.float64)
        except Undescribed as error:
            return StructureVector(structure, None, str(error))
        except Exception as error:  # chemistry libraries raise errors of many types; other structures go on
            first_line = (str(error).strip().splitlines() or [""])[0]
            return StructureVector(structure, None, f"{type(error).__name__}: {first_line}")
        if vector.shape != (len(self.columns),):
            raise ValueError(f"featurizer {self.name}: shape {vector.shape} for {len(self.columns)} columns")
        bad = np.flatnonzero(~np.isfinite(vector))
        if bad.size:
            return StructureVector(structure, None, f"{self.columns[bad[0]]} is not finite")
        return StructureVector(structure, vector)

    def __reduce__(self) -> tuple[Callable[..., Featurizer], tuple[str, ...]]:
        if ":" in self.name or OR in self.name:
            return get_featurizer, (self.name,)
        return _import, (self.one.__module__, self.one.__qualname__)


FEATURIZERS: Registry[Featurizer] = Registry("featurizer", "simworth.featurizers")
FAMILIES: Registry[Callable[[str], Featurizer]] = Registry("family of featurizers", "simworth.featurizer_families")
"""what stands before the ':' of a descriptor's name -> the featurizer of what follows it"""


def collect(
    structures: Sequence[str], featurizer: Featurizer, outcomes: Sequence[StructureVector], computed: int | None = None
) -> Described:
    """Lay the outcomes of distinct structures out in the order asked for."""
    values = np.full((len(structures), len(featurizer.columns)), np.nan)
    vectors = {one.structure: one.vector for one in outcomes}
    for row, structure in enumerate(structures):
        vector = vectors[structure]
        if vector is not None:
            values[row] = vector
    failures = tuple(Failure(one.structure, featurizer.name, one.reason) for one in outcomes if one.vector is None)
    return Described(values, failures, len(outcomes) if computed is None else computed)


def featurizer(
    name: str,
    *,
    version: int,
    columns: Callable[[], Sequence[str]],
    libraries: Sequence[str] = (),
    settings: Mapping[str, JsonValue] | None = None,
    listed: bool = True,
) -> Callable[[Callable[[str], Vector]], Featurizer]:
    """Make a function of one structure a Featurizer; `listed` ones can be named as a task's descriptors.

    The function must stand at the top of a module under its own name: worker processes import it.
    """

    def decorate(one: Callable[[str], Vector]) -> Featurizer:
        made = Featurizer(name, version, columns, tuple(libraries), settings or {}, one)
        if listed:
            FEATURIZERS.add(name, made)
        return made

    return decorate


def get_featurizer(name: str) -> Featurizer:
    """The featurizer of that name, of `family:argument`, or of `one or other`; SimworthError suggests the right one."""
    if OR in name:
        return _either(*map(get_featurizer, name.split(OR, 1)))
    family, _, argument = name.partition(":")
    return FAMILIES[family](argument) if argument else FEATURIZERS[name]


def _either(first: Featurizer, second: Featurizer) -> Featurizer:
    """The columns of both and, between them, whether the first describes the structure; what one of them cannot
    describe has zeros in its columns."""

    def one(structure: str) -> Vector:
        main, other = first.outcome(structure), second.outcome(structure)
        if main.vector is None and other.vector is None:
            raise Undescribed(f"{first.name}: {main.reason}; {second.name}: {other.reason}")
        values, more = (
            np.zeros(len(each.columns)) if found.vector is None else found.vector
            for each, found in ((first, main), (second, other))
        )
        return np.concatenate([values, np.array([float(main.vector is not None)]), more])

    def columns() -> list[str]:
        own, others = ([f"{each.name} {name}" for name in each.columns] for each in (first, second))
        return [*own, f"{first.name} describes it", *others]

    settings = {"first": first.provenance, "second": second.provenance}
    return Featurizer(f"{first.name}{OR}{second.name}", 1, columns, (), settings, one)


def _version(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return "not installed"


def _import(module: str, name: str) -> Featurizer:
    found: Featurizer = getattr(importlib.import_module(module), name)
    return found
