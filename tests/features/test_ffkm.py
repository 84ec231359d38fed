"""FFKM-190 equals RadonPy's own on the macrocycle of ten units."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from rdkit import Chem

from simworth.features import ffkm
from simworth.features.chemistry import molecule, quiet, radonpy
from simworth.features.force_field import CENTRES, LONG, RING_SIZES, WIDTH, columns, long_ring, repeat_unit
from simworth.features.gaff import parameters, parameters_in_any_order

TOLERANCE = 1e-9

SHORT = {
    "*C*": 8,
    "*CC*": 4,
    "*CC(*)C": 4,
    "*CC(F)(F)*": 4,
    "*CCO*": 3,
    "*CC(*)C1CO1": 4,
    "*CC(*)C1CCC1": 4,
    "*C(*)(C)C(=O)OC": 8,
    "*NC(=O)CCCCC*": 3,
    "*Oc1ccc(*)cc1": 3,
    "*C1CCC(*)C1": 5,
    "*OP(*)(=O)OC": 8,
    "*N1C(=O)c2ccc(Oc3ccc(*)cc3)cc2C1=O": 2,
}
"""structure -> units of its shortest exact macrocycle; three- and four-membered rings, fluorine, rings in the chain"""

LONG_ONLY = {
    "*C=C*": "a conjugated backbone",
    "*C#C*": "a conjugated backbone",
    "*=CC=*": "ends of double bonds",
    "*c1ccc(*)s1": "a conjugated backbone",
    "*c1ccc(*)cc1": "a conjugated backbone",
    "*Sc1ccc(*)cc1": "three units of it are aromatic, which makes sulfur sp2",
    "*NC(=O)C=CP(C)*": "three units of it are aromatic, which makes phosphorus sp2",
    "*C(C*)C1=CC=CS1": "types that alternate in the side chain",
    "*CC(*)P(=O)(c1ccccc1)c1ccccc1": "an angle whose parameters depend on the direction it is read in",
}


@pytest.fixture(scope="module")
def radonpys_own() -> Any:
    """RadonPy as its authors call it, without anything of ours."""
    radon = radonpy()
    descriptor = radon.descriptor(radon.force_field, polar=True, nk=CENTRES, s=WIDTH)

    def one(structure: str, units: int = LONG) -> np.ndarray:
        with quiet():
            if "*" in structure:
                mol = radon.poly.make_cyclicpolymer(structure, n=units, return_mol=True)
            else:
                mol = Chem.AddHs(Chem.MolFromSmiles(structure))
            assert radon.force_field.ff_assign(mol, charge="gasteiger")
            return descriptor.ff_kernel_mean([mol])

    return one


def test_equals_the_reference(reference: Path) -> None:
    table = pd.read_csv(reference / "ffkm_gaff2mod_cyclic10.csv")
    assert len(table) == 59
    assert list(table.columns[1:]) == columns()
    found = ffkm.describe(table["smiles"].tolist())
    assert not found.failures
    np.testing.assert_allclose(found.values, table[columns()].to_numpy(), rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("structure", [*SHORT, *LONG_ONLY])
def test_equals_radonpys_own_ten_units(structure: str, radonpys_own: Any) -> None:
    np.testing.assert_allclose(ffkm([structure])[0], radonpys_own(structure), rtol=0, atol=1e-13)


@pytest.mark.parametrize("structure", ["CCO", "O", "C", "ClC(Cl)(Cl)Cl", "Cc1ccccc1", "CC(=O)N(C)C", "S=C=S"])
def test_molecules_equal_radonpys_own(structure: str, radonpys_own: Any) -> None:
    np.testing.assert_allclose(ffkm([structure])[0], radonpys_own(structure), rtol=0, atol=1e-13)


@pytest.mark.parametrize(("structure", "units"), SHORT.items())
def test_the_short_macrocycle(structure: str, units: int) -> None:
    unit = repeat_unit(molecule(structure))
    assert unit is not None
    assert unit.copies == units
    assert parameters_in_any_order(unit.ring()) is not None


@pytest.mark.parametrize("structure", LONG_ONLY)
def test_where_only_the_long_macrocycle_is_exact(structure: str) -> None:
    unit = repeat_unit(molecule(structure))
    assert unit is None or parameters_in_any_order(unit.ring()) is None


def test_the_largest_ring_is_radonpys() -> None:
    assert radonpy().force_field.max_ring_size == RING_SIZES


def test_the_short_macrocycle_would_be_wrong_there(radonpys_own: Any) -> None:
    """The guard guards something: fewer units change a conjugated chain's descriptor."""
    assert np.abs(radonpys_own("*C=C*", 4) - radonpys_own("*C=C*")).max() > 1e-3


@pytest.mark.parametrize("structure", ["*C=C*", "*c1ccc(*)s1", "*CC(*)C1=CC=CS1", "*/C=C/*"])
def test_the_long_macrocycle_has_radonpys_order(structure: str) -> None:
    with quiet():
        ours, theirs = long_ring(structure), radonpy().poly.make_cyclicpolymer(structure, n=LONG, return_mol=True)
        assert [bond_of(bond) for bond in ours.GetBonds()] == [bond_of(bond) for bond in theirs.GetBonds()]
        assert [atom.GetSymbol() for atom in ours.GetAtoms()] == [atom.GetSymbol() for atom in theirs.GetAtoms()]


def bond_of(bond: Chem.Bond) -> tuple[int, int, Any]:
    return bond.GetBeginAtomIdx(), bond.GetEndAtomIdx(), bond.GetBondType()


def test_the_unit_is_a_matter_of_writing() -> None:
    same = ffkm(["*C*", "*CC*", "[*]CCC[*]", "*CCCCCC*"])
    np.testing.assert_allclose(same, same[[0]].repeat(4, axis=0), rtol=0, atol=1e-14)
    turned = ffkm(["*CC(*)C(=O)OC", "*C(C*)C(=O)OC", "COC(=O)C(*)C*"])
    np.testing.assert_allclose(turned, turned[[0]].repeat(3, axis=0), rtol=0, atol=1e-14)


def test_stereochemistry_changes_nothing() -> None:
    marked, plain = ffkm(["*C[C@@H](*)C", "*CC(*)C"])
    np.testing.assert_allclose(marked, plain, rtol=0, atol=1e-14)


def test_the_order_of_atoms_is_found_to_matter_where_it_does() -> None:
    """Renumbering a short macrocycle's atoms never changes a descriptor that was called exact."""
    generator = np.random.default_rng(7)
    for structure in SHORT:
        unit = repeat_unit(molecule(structure))
        assert unit is not None
        ring = unit.ring()
        order = [int(index) for index in generator.permutation(ring.GetNumAtoms())]
        before, after = parameters(ring), parameters(Chem.RenumberAtoms(unit.ring(), order))
        for name in ("charge", "epsilon", "k_bond", "polar", "k_angle", "theta0", "k_dihedral"):
            one, other = np.sort(getattr(before, name)), np.sort(getattr(after, name))
            np.testing.assert_allclose(one, other, rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("structure", "reason"),
    [
        ("*CC", "1 '*' instead of 2 (a polymer) or none (a molecule)"),
        ("*CC(*)*", "3 '*' instead of 2 (a polymer) or none (a molecule)"),
        ("*1CCCC1*", "a '*' that is not the end of one bond"),
        ("C*.C*", "no chain between the two '*'"),
        ("**", "no chain between the two '*'"),
        ("*[Si](C)(C)O*", "GAFF2_mod has no atom type: element Si, num. of bonds 4, hybridization SP3"),
        ("*OO*", "GAFF2_mod has no parameters for the angle os-os-os"),
        ("*CC*.F[P-](F)(F)(F)(F)F", "no Gasteiger charge near an atom of F"),
    ],
)
def test_reasons(structure: str, reason: str) -> None:
    assert [failure.reason for failure in ffkm.describe([structure]).failures] == [reason]


def test_each_block_is_a_mean_of_kernels() -> None:
    values = ffkm(["*CC(*)c1ccccc1", "*CC(F)(Cl)*"])
    assert values.min() >= 0
    assert values.max() <= 1 + 1e-12


def test_radonpys_verbosity_is_left_as_it_was() -> None:
    before = radonpy().const.print_level
    ffkm(["*[Si](C)(C)O*", "*CC*"])
    assert radonpy().const.print_level == before
