"""Draw structures until there are enough distinct ones."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Final

import numpy as np

from simworth.data.kinds import canonical
from simworth.errors import SimworthError

MOST: Final = 100_000
"""structures of one kind that may be asked for"""
_SPARE: Final = 1.2
"""drawn per structure still wanted: some occur twice"""
_BARREN: Final = 20
"""rounds that may add nothing before the grammar is taken to be used up"""


def draw_distinct(
    kind: str, draw: Callable[[np.random.Generator], str], count: int, rng: np.random.Generator, most: int = MOST
) -> list[str]:
    """`count` distinct canonical structures in the order drawn; the first ones of a longer draw are the same.

    Raises SimworthError beyond `most`.
    """
    if not 1 <= count <= most:
        raise SimworthError(f"demo: 1 to {most} structures of kind {kind!r} can be composed, got {count}")
    found: dict[str, None] = {}
    barren = 0
    while len(found) < count and barren < _BARREN:
        before = len(found)
        written = [draw(rng) for _ in range(int(_SPARE * (count - before)) + 1)]
        for one in canonical(kind, list(dict.fromkeys(written))):
            if one.structure:
                found.setdefault(one.structure)
        barren = 0 if len(found) > before else barren + 1
    if len(found) < count:
        raise SimworthError(f"demo: the grammar holds only about {len(found)} structures of kind {kind!r}")
    return list(itertools.islice(found, count))
