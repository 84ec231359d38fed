"""FFKM of random repeat units against RadonPy's own: odd backbones, bridges, charges, conjugation of all lengths."""

from __future__ import annotations

import random
from collections.abc import Iterator

import numpy as np
import pytest
from rdkit import Chem, rdBase

from simworth.features import ffkm
from simworth.features.chemistry import quiet, radonpy
from simworth.features.force_field import CENTRES, LONG, WIDTH

PIECES = """C CC O S N N(C) P(C) SS N=N C=N C#C C=C C(=C) C(=CC) C=CC=C C(C)=C(C) C(=C(C)C) C(=O) C(=S) C(=O)O C(=O)N
NC(=O) NC(=O)O OC(=O)O S(=O) S(=O)(=O) P(=O)(C) N=P(C)(C) C(F)(F) C(Cl) C(C)(C#N) C(C(=O)OC) C(N(C)C) C([N+](=O)[O-])
[N+](C)(C) C(=NO) N(OC) N(c1ccccc1) C(c1ccccc1) C(c1cccs1) C(c1ccc(-c2ccccc2)cc1) C(n1cncn1) C(C1=CCCC1) C(C=C)
C(C=CC=C) C(C1CC1) C1C({})C1 C1C({})CC1 C1CCC({})CC1 C1C2CC({})C1CC2 C1=C({})CCCC1 c1ccc({})cc1 c1cccc({})c1
c1ccc2cc({})ccc2c1 c1ccc({})s1 c1ccc({})o1 c1nnc({})o1 c1cnc({})cn1 c1ccc(cc1)-c1ccc({})cc1 c1c(SC)cc({})cc1
N1C(=O)C=C({})C1=O n1c(=O)c2cc({})ccc2c1=O"""
"""what a repeat unit is strung together from; {} is where the chain goes on, else it does at the end"""


def repeat_units(seed: int, count: int) -> Iterator[str]:
    """Distinct repeat units of up to four pieces and 24 atoms."""
    generator, pieces = random.Random(seed), PIECES.split()
    seen: set[str] = set()
    while len(seen) < count:
        unit = "*" + _strung([generator.choice(pieces) for _ in range(generator.randint(1, 4))])
        with rdBase.BlockLogs():
            mol = Chem.MolFromSmiles(unit)
        if mol is not None and mol.GetNumAtoms() <= 24 and unit not in seen:
            seen.add(unit)
            yield unit


def _strung(pieces: list[str]) -> str:
    if not pieces:
        return "*"
    first, rest = pieces[0], _strung(pieces[1:])
    return first.replace("{}", rest) if "{}" in first else first + rest


def radonpys_own(structure: str) -> np.ndarray:
    """Without anything of ours; NaN where RadonPy cannot assign parameters."""
    radon = radonpy()
    descriptor = radon.descriptor(radon.force_field, polar=True, nk=CENTRES, s=WIDTH)
    with quiet():
        mol = radon.poly.make_cyclicpolymer(structure, n=LONG, return_mol=True)
        if not radon.force_field.ff_assign(mol, charge="gasteiger"):
            return np.full(190, np.nan)
        return descriptor.ff_kernel_mean([mol])


@pytest.mark.parametrize("seed", range(6))
def test_equals_radonpys_own(seed: int) -> None:
    for unit in repeat_units(seed, 1):
        np.testing.assert_allclose(ffkm([unit])[0], radonpys_own(unit), rtol=0, atol=1e-12, err_msg=unit)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(100, 150))
def test_equals_radonpys_own_at_length(seed: int) -> None:
    for unit in repeat_units(seed, 20):
        np.testing.assert_allclose(ffkm([unit])[0], radonpys_own(unit), rtol=0, atol=1e-12, err_msg=unit)
