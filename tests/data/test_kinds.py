"""What every kind promises, and how the kind of a clean table is told."""

from __future__ import annotations

import pytest

from simworth.data.kinds import KINDS, canonical, kind_of
from simworth.data.kinds.molecule import functional_groups

WRITTEN = {
    "polymer": ("*CC(C)*",),
    "pair": ("*CC(C)*", "OCC"),
    "molecule": ("OCC",),
    "molecule-pair": ("OCC", "O"),
    "composition": ("Te2.7Bi2Se0.3",),
}


@pytest.mark.parametrize("name", WRITTEN)
def test_a_canonical_form_is_left_as_it_is_and_tells_the_kind(name: str) -> None:
    forms = [canonical(name, [text], 1, part)[0] for part, text in enumerate(WRITTEN[name])]
    assert not any(one.reason for one in forms)
    again = [canonical(name, [one.structure], 1, part)[0] for part, one in enumerate(forms)]
    assert again == forms
    assert kind_of(["|".join(one.structure for one in forms)]) == name


def test_formulas_that_are_smiles_too_are_told_apart_by_the_others() -> None:
    assert kind_of(["CO", "CN", "Bi2Te3"]) == "composition"
    assert kind_of(["CO", "CN", "c1ccccc1"]) == "molecule"


@pytest.mark.parametrize("name", WRITTEN)
def test_nonsense_is_a_reason(name: str) -> None:
    assert all(one.reason for part in range(len(KINDS[name].parts)) for one in canonical(name, ["", "?!"], 1, part))


@pytest.mark.parametrize(
    ("smiles", "group"),
    [
        ("CC(=O)O", "carboxylic acids"),
        ("CCOC(C)=O", "esters"),
        ("CCO", "alcohols"),
        ("Oc1ccccc1", "phenols"),
        ("CCN", "amines"),
        ("CC(=O)NC", "amides"),
        ("COC", "ethers"),
        ("CCCl", "halogen compounds"),
        ("Cc1ccccc1", "aromatic hydrocarbons"),
        ("CCC", "saturated hydrocarbons"),
        ("O", ""),
    ],
)
def test_functional_groups(smiles: str, group: str) -> None:
    assert functional_groups([smiles]) == [group]
