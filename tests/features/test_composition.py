"""Kernel means of element features."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from simworth.features import composition_kernel_mean
from simworth.features.composition import CENTRES, FEATURES, TABLE, WIDTH, atomic_fractions, element_table

RAW = pd.read_csv(TABLE, index_col=0)
"""features as tabled, gaps as NaN"""


def test_the_table_has_58_features_without_gaps() -> None:
    features = np.array(list(element_table().values()))
    assert len(FEATURES) == len(set(FEATURES)) == 58
    assert len(features) > 95 and features.shape[1] == 58
    assert np.isfinite(features).all()
    np.testing.assert_allclose(features.min(axis=0), 0)
    np.testing.assert_allclose(features.max(axis=0), 1)
    assert RAW.loc[list(element_table())].notna().to_numpy().mean() > 0.9


def test_known_features_are_those_of_the_tables() -> None:
    """Order of elements, columns and lines: known neighbours in the periodic table compare as they should."""

    def value(element: str, feature: str) -> float:
        return float(element_table()[element][FEATURES.index(feature)])

    assert list(element_table())[:4] == ["H", "He", "Li", "Be"]
    assert value("H", "atomic_number") == 0
    assert value("F", "en_pauling") == 1
    assert value("Fe", "period") == pytest.approx(3 / 6)
    assert value("C", "MeltingT") == 1
    assert value("Fe", "NdValence") == pytest.approx(0.6)
    assert value("He", "FirstIonizationEnergy") == 1
    assert value("Cs", "covalent_radius_cordero") > value("Na", "covalent_radius_cordero")
    assert len(FEATURES) == 58


def test_a_gap_is_filled_from_like_elements() -> None:
    gaps = [name for name in element_table() if np.isnan(RAW.loc[name, "en_pauling"])]
    assert "He" in gaps
    assert all(0 < element_table()[name][FEATURES.index("en_pauling")] < 1 for name in gaps)


def test_one_element_is_the_kernel_itself() -> None:
    centres = (np.arange(CENTRES) + 0.5) / CENTRES
    expected = np.exp(-((element_table()["Te"][:, None] - centres) ** 2) / (2 * WIDTH**2))
    np.testing.assert_allclose(composition_kernel_mean(["Te"])[0], expected.ravel(), rtol=0, atol=1e-15)


def test_weights_are_atomic_fractions() -> None:
    pb, te, mixed, same, again = composition_kernel_mean(["Pb", "Te", "PbTe3", "Te3Pb", "Pb0.25Te0.75"])
    np.testing.assert_allclose(mixed, 0.25 * pb + 0.75 * te, rtol=0, atol=1e-15)
    np.testing.assert_array_equal(mixed, same)
    np.testing.assert_array_equal(mixed, again)


NO_FORMULA = """Bi-92%; PbTe 0 GPa; double-walled carbon nanotube; Bi2(Te,Se)3; p-type (Bi,Sb)2Te3; G; a; X2; Q;
PbTe-1; *CC*; Cu2Se.H2O; nan; Fe3+2"""


@pytest.mark.parametrize("text", [text.strip() for text in NO_FORMULA.split(";")])
def test_no_formula_is_refused(text: str) -> None:
    found = composition_kernel_mean.describe([text])
    assert np.isnan(found.values).all()
    assert found.failures[0].reason.startswith(("not a formula", "a space in the formula"))


def test_unknown_elements_are_refused() -> None:
    assert composition_kernel_mean.describe(["OgTe"]).failures[0].reason == "too little is known of element Og"


def test_fractions() -> None:
    assert atomic_fractions("(Bi0.25Sb0.75)2Te3") == pytest.approx({"Bi": 0.1, "Sb": 0.3, "Te": 0.6})


def test_the_table_is_read_once() -> None:
    first = element_table()
    composition_kernel_mean([f"Pb{number}Te" for number in range(1, 301)])
    assert element_table() is first
