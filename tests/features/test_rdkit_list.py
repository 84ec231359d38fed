"""RDKit's descriptors on repeat units and molecules."""

from __future__ import annotations

import numpy as np
import pytest
from rdkit import Chem
from rdkit.Chem import Descriptors

from simworth.features import rdkit_descriptors
from simworth.features.chemistry import molecule
from simworth.features.molecular import saturated


def test_columns_are_rdkits() -> None:
    assert list(rdkit_descriptors.columns) == [name for name, _ in Descriptors.descList]


@pytest.mark.parametrize(
    ("unit", "molecule_of_it"),
    [
        ("*CC*", "CC"),
        ("*C*", "C"),
        ("*CC(*)c1ccccc1", "CCc1ccccc1"),
        ("*c1ccc(*)cc1", "c1ccccc1"),
        ("*n1cccc1*", "c1cc[nH]c1"),
        ("*[Si](C)(C)O*", "C[SiH](C)O"),
        ("*[C@@H](C)O*", "CCO"),
        ("*=CC=*", "CC"),
        ("*N(*)C=O", "NC=O"),
    ],
)
def test_linkers_become_hydrogen(unit: str, molecule_of_it: str) -> None:
    capped = Chem.MolToSmiles(Chem.RemoveHs(saturated(molecule(unit))), isomericSmiles=False)
    assert capped == Chem.CanonSmiles(molecule_of_it)
    np.testing.assert_array_equal(*rdkit_descriptors([unit, molecule_of_it]))


def test_known_values() -> None:
    ethanol = dict(zip(rdkit_descriptors.columns, rdkit_descriptors(["CCO"])[0], strict=True))
    assert ethanol["MolWt"] == pytest.approx(46.069, abs=1e-3)
    assert ethanol["TPSA"] == pytest.approx(20.23)
    assert ethanol["NumHDonors"] == 1


def test_an_undefined_descriptor_is_a_reason() -> None:
    found = rdkit_descriptors.describe(["*CC(*)C(=O)[O-].[Na+]", "CCO"])
    assert np.isnan(found.values[0]).all()
    assert np.isfinite(found.values[1]).all()
    assert "is not finite" in found.failures[0].reason
