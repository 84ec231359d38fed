"""PoLyInfo classes by RadonPy's classifier."""

from __future__ import annotations

from pathlib import Path

import pytest

from simworth.data.polymer_classes import POLYINFO_CLASSES
from simworth.features import FEATURIZERS, describe
from simworth.features.material_classes import polyinfo_class, polymer_class

KNOWN = {
    "*CC*": "PHYC",
    "*CC(*)c1ccccc1": "PSTR",
    "*CC(*)(C)C(=O)OC": "PACR",
    "*CC(*)Cl": "PHAL",
    "*CC=CC*": "PDIE",
    "*CCO*": "POXI",
    "*OCCOC(=O)c1ccc(C(*)=O)cc1": "PEST",
    "*NCCCCCC(*)=O": "PAMD",
    "*[Si](C)(C)O*": "PSIL",
    "*c1ccc(*)cc1": "PPNL",
}


def test_known_classes_and_none(own_store: Path, capfd: pytest.CaptureFixture[str]) -> None:
    strange = ["CC", "not a structure", "*CC", "C*.C*"]
    assert polymer_class([*KNOWN, *strange]) == [*KNOWN.values(), *[""] * len(strange)]
    assert capfd.readouterr() == ("", "")
    assert set(KNOWN.values()) <= set(POLYINFO_CLASSES.values())


def test_classes_are_kept(own_store: Path) -> None:
    polymer_class(list(KNOWN))
    assert describe(list(KNOWN), polyinfo_class).computed == 0


def test_a_class_number_is_no_descriptor() -> None:
    assert polyinfo_class.name not in FEATURIZERS


def test_agrees_with_a_release(mirror: Path, own_store: Path) -> None:
    """PI1070 names the same class for 981 of its 1,077 polymers."""
    import pandas as pd

    table = pd.read_csv(mirror / "radonpy" / "PI1070.csv", usecols=["smiles", "polymer_class"]).iloc[::20]
    found = polymer_class(table["smiles"].tolist())
    same = [POLYINFO_CLASSES[number] == name for number, name in zip(table["polymer_class"], found, strict=True)]
    assert sum(same) >= 0.85 * len(same)
