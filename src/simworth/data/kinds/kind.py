"""A kind of material: what its structures are, and the one form of each, however it is written."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from simworth import executor
from simworth.environment import machine, worker_count
from simworth.errors import SimworthError
from simworth.executor import Job
from simworth.registry import Registry

_PIECE: Final = 500
"""structures that a worker is given at once"""
_POOL_FROM: Final = 4000
"""Below this many structures, starting processes costs more than it saves."""


class StructureError(SimworthError):
    """A structure that is not what it should be; the message is the reason alone, fit to be counted."""


@dataclass(frozen=True)
class Part:
    """One structure of a material."""

    name: str
    """what messages call it"""
    canonical: Callable[[str], str]
    """a structure as written -> its canonical form, which it leaves as it is; raises StructureError with the reason"""


@dataclass(frozen=True)
class Kind:
    """A registered kind of material."""

    name: str
    words: str
    """what its structures are, for people"""
    parts: tuple[Part, ...]
    """one, or two of a pair, whose item is both joined by '|'"""
    temperatures: tuple[float, float] = (0.5, 5000.0)
    """(low, high) in K; other temperatures are not believed"""
    classify: Callable[[Sequence[str]], list[str]] | None = None
    """canonical structures -> class of each by name, '' where it has none. None: classes come from releases alone, or
    from a classifier among the descriptors (polymers)"""

    @property
    def is_pair(self) -> bool:
        """Whether a material is a pair of structures."""
        return len(self.parts) == 2


KINDS: Registry[Kind] = Registry("kind", "simworth.kinds")


@dataclass(frozen=True)
class Canonical:
    """What became of one structure as written."""

    structure: str
    """canonical form, '' where refused"""
    reason: str
    """why it was refused, '' where it was not"""


def canonical(kind: str, texts: Sequence[str], workers: int | None = None, part: int = 0) -> list[Canonical]:
    """The canonical form of each structure, in order; refusals are results.

    part: which structure of a pair they are. Large inputs are shared between `workers` processes (default:
    `SIMWORTH_WORKERS`, else all cores) or those of a dask cluster.
    """
    here = replace(machine(), workers=workers or worker_count())
    if len(texts) < _POOL_FROM or (here.workers < 2 and here.executor == "local"):
        return _all(kind, part, texts)
    pieces = [texts[start : start + _PIECE] for start in range(0, len(texts), _PIECE)]
    found: dict[int, list[Canonical]] = {}
    for done in executor.run(Job(functools.partial(_all, kind, part), _ready, ()), pieces, here):
        if done.error:
            raise SimworthError(f"structures: {done.error}, with {pieces[done.index][0]!r} or one of those after it")
        found[done.index] = done.value
    return [one for index in range(len(pieces)) for one in found[index]]


def _ready() -> None:
    """Workers need nothing beside this module."""


def _all(kind: str, part: int, texts: Sequence[str]) -> list[Canonical]:
    """By names, since the kind may stand in a project's own module, which a worker loads before its first piece."""
    form = KINDS[kind].parts[part].canonical
    return [_one(form, text) for text in texts]


def _one(form: Callable[[str], str], text: str) -> Canonical:
    try:
        return Canonical(form(text), "")
    except StructureError as error:
        return Canonical("", str(error))


def kind_of(items: Iterable[str]) -> str:
    """The kind in which all materials of a clean table are canonical; the last by name where they are in several.

    items: as in the clean table, the parts of a pair joined by '|'. The first few tell.
    """
    left = [KINDS[name] for name in KINDS]
    for item in items:
        if len(left) == 1:
            break
        texts = item.split("|")
        fitting = [kind for kind in left if len(kind.parts) == len(texts) and _all_canonical(kind, texts)]
        left = fitting or left
    return left[-1].name


def _all_canonical(kind: Kind, texts: Sequence[str]) -> bool:
    return all(_one(part.canonical, text).structure == text for part, text in zip(kind.parts, texts, strict=True))
