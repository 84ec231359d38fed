"""Made-up solvents and compositions: valid, distinct, canonical."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from rdkit import Chem

from simworth.data.kinds import canonical
from simworth.demo.materials import (
    DOPANTS,
    GROUPS,
    LINKS,
    METALS,
    MOST_SOLVENTS,
    OTHERS,
    compose_compositions,
    compose_solvents,
)
from simworth.errors import SimworthError

Compose = Callable[[int, np.random.Generator], list[str]]


@pytest.mark.parametrize(("kind", "compose"), [("molecule", compose_solvents), ("composition", compose_compositions)])
def test_they_are_distinct_and_canonical(kind: str, compose: Compose) -> None:
    found = compose(300, np.random.default_rng(0))
    assert len(set(found)) == 300
    assert [one.structure for one in canonical(kind, found)] == found
    assert compose(20, np.random.default_rng(0)) == found[:20]
    assert compose(20, np.random.default_rng(1)) != found[:20]


def test_every_pair_of_groups_makes_a_molecule() -> None:
    texts = [f"C({left}){link}{right}" for left in GROUPS for link in LINKS for right in GROUPS]
    bad = [text for text, one in zip(texts, canonical("molecule", texts, 1), strict=True) if not one.structure]
    assert not bad


def test_there_are_as_many_solvents_as_promised() -> None:
    assert len(compose_solvents(MOST_SOLVENTS, np.random.default_rng(0))) == MOST_SOLVENTS
    with pytest.raises(SimworthError, match=f"1 to {MOST_SOLVENTS}"):
        compose_solvents(MOST_SOLVENTS + 1, np.random.default_rng(0))


def test_elements_are_listed_once() -> None:
    names = [*METALS, *OTHERS, *DOPANTS]
    table = Chem.GetPeriodicTable()
    assert len(set(names)) == len(names)
    assert all(table.GetAtomicNumber(name) for name in names)
