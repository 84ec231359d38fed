"""Compositions: one material, one formula; what is no formula is refused."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simworth.data.kinds import StructureError
from simworth.data.kinds.composition import canonical_composition

ELEMENTS = ["Bi", "Te", "Se", "Pb", "Na", "Co", "Sb", "O"]
amounts = st.dictionaries(st.sampled_from(ELEMENTS), st.integers(1, 400), min_size=1, max_size=5)


@settings(max_examples=100, deadline=None)
@given(amounts, st.randoms(), st.sampled_from([1, 2, 10, 100]))
def test_order_and_scale_do_not_matter(counts: dict[str, int], rng: object, scale: int) -> None:
    names = list(counts)
    rng.shuffle(names)  # type: ignore[attr-defined]
    written = "".join(f"{name}{counts[name] / scale:g}" for name in names)
    plain = "".join(f"{name}{count}" for name, count in sorted(counts.items()))
    assert canonical_composition(written) == canonical_composition(plain)
    assert canonical_composition(canonical_composition(plain)) == canonical_composition(plain)


@pytest.mark.parametrize(
    ("written", "form"),
    [
        ("Bi2Te2.7Se0.3", "Bi20Se3Te27"),
        (" ZrNiSn", "NiSnZr"),
        ("(Zn0.99Cd0.01)4Sb3 ", "CdSb75Zn99"),
        ("(GeTe)0.82(Mn0.6Sn0.4Te)0.15(Bi2Te3)0.03", "Bi6Ge82Mn9Sn6Te106"),
        ("Te2Pb2", "PbTe"),
        ("C", "C"),
    ],
)
def test_known_forms(written: str, form: str) -> None:
    assert canonical_composition(written) == form


NO_FORMULAS = """
Bi-92%; PbTe 0 GPa; double-walled carbon nanotube; Bi2(Te,Se)3; p-type (Bi,Sb)2Te3; MmFe4Sb12; Pb0.98Na0.02Te1LNSPS
Co4sb12; TiCo0.0.5; (PbTe; PbTe); Pb0; G; a; Pb1e9Te; 2PbTe
"""


@pytest.mark.parametrize("written", ["", "PbTe" * 100, *NO_FORMULAS.replace("\n", ";").split(";")])
def test_refusals(written: str) -> None:
    with pytest.raises(StructureError):
        canonical_composition(written)
