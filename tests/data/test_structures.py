"""One polymer is one structure: against cuts, repetition, direction and spelling; two polymers are two."""

from __future__ import annotations

import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rdkit import Chem

from simworth.data.kinds import StructureError, canonical
from simworth.data.kinds.molecule import canonical_solvent
from simworth.data.kinds.polymer import canonical_polymer

SEGMENTS = ["C", "O", "C(C)", "C(C)(C)", "C(=O)", "N", "C(Cl)", "c1ccc(cc1)", "c1cccc(c1)", "C(c1ccccc1)", "S(=O)(=O)"]
"""each written so that the next segment hangs on its last open atom"""
STEREO = [
    *SEGMENTS,
    *("[C@H](C)", "[C@@H](C)", "[C@](F)(Cl)", "[C@@H]1CC[C@H](CC1)"),
    *("C/C=C/C", "C/C=C\\C", "C/C(C)=C/C"),
]

words = st.lists(st.sampled_from(SEGMENTS), min_size=1, max_size=6)
stereo_words = st.lists(st.sampled_from(STEREO), min_size=1, max_size=5)
quick = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


def unit(word: list[str]) -> str:
    return f"*{''.join(word)}*"


def respelled(smiles: str, seed: int) -> str:
    """The same repeat unit written from another atom, in either direction.

    Its ends are told apart meanwhile: RDKit drops stereocentres between ends that are alike.
    """
    labelled = smiles.replace("*", "[1*]", 1)[::-1].replace("*", "]*2[", 1)[::-1]
    other = Chem.MolToRandomSmilesVect(Chem.MolFromSmiles(labelled), 1, randomSeed=seed)[0]
    return other.replace("[1*]", "*").replace("[2*]", "*")


def macrocycle(word: list[str], units: int) -> str:
    """Canonical SMILES of the ring of `units` repeat units: an oracle that never cuts anything."""
    chain = "".join(word * units)
    return Chem.CanonSmiles(f"{chain[0]}%99{chain[1:]}%99")


class TestOnePolymer:
    @quick
    @given(words, st.integers(0, 5), st.integers(1, 3), st.integers(0, 2**31 - 1))
    def test_any_cut_and_repetition(self, word: list[str], turn: int, copies: int, seed: int) -> None:
        turned = word[turn % len(word) :] + word[: turn % len(word)]
        other = respelled(unit(turned * copies), seed)
        assert canonical_polymer(other) == canonical_polymer(unit(word))

    @quick
    @given(stereo_words, st.integers(0, 4), st.integers(1, 3), st.integers(0, 2**31 - 1))
    def test_stereocentres_survive_cuts(self, word: list[str], turn: int, copies: int, seed: int) -> None:
        turned = word[turn % len(word) :] + word[: turn % len(word)]
        other = respelled(unit(turned * copies), seed)
        form = canonical_polymer(unit(word))
        assert canonical_polymer(other) == form
        assert canonical_polymer(form) == form

    @quick
    @given(words)
    def test_is_its_own_canonical_form(self, word: list[str]) -> None:
        once = canonical_polymer(unit(word))
        assert canonical_polymer(once) == once
        assert Chem.CanonSmiles(once) == once

    @pytest.mark.parametrize(
        "spellings",
        [
            ["*C*", "*CC*", "*CCCC*", "[*]CC[*]", "[1*]CCC[2*]", "*C[*:1]"],
            ["*CC(*)C", "*C(C)C*", "*CC(C)CC(C)*", "C(*)C(C)*"],
            ["*C=C*", "*=CC=*", "*C=CC=C*"],
            ["*=CC(C)OC=*", "*C=CC(C)O*", "*OC=CC(C)*"],
            ["*/C=C/C*", "*C/C=C/*", "*/C=C/C/C=C/C*"],
            ["*/C=C\\CC*", "*CC/C=C\\*", "*C/C=C\\C*"],
            ["*CC(*)c1ccc(C[N+](C)(C)C)cc1.[Cl-]", "[Cl-].C[N+](C)(C)Cc1ccc(cc1)C(*)C*"],
            ["*CC([O-])*.[Na+]", "*CC([O-])CC([O-])*.[Na+].[Na+]"],
            ["*[C@H](C)*", "*[C@@H](C)*", "*[C@H](C)[C@H](C)*"],
            ["*C[C@H](C)C*", "*[C@H](C)CC*", "*CC[C@@H](C)*"],
            ["*C[C@H](C)*", "*C[C@@H](C)*", "*[C@H](C)C*"],  # one isotactic chain, read from either end
            ["*c1ccc(*)cc1", "*C1=CC=C(C=C1)*"],
        ],
    )
    def test_known_synonyms(self, spellings: list[str]) -> None:
        assert len({canonical_polymer(text) for text in spellings}) == 1


class TestTwoPolymers:
    @quick
    @given(words, words)
    def test_same_form_only_for_the_same_ring(self, one: list[str], other: list[str]) -> None:
        length = math.lcm(len(one), len(other))
        length *= math.ceil(12 / length)
        rings = [macrocycle(word, length // len(word)) for word in (one, other)]
        forms = [canonical_polymer(unit(word)) for word in (one, other)]
        assert (forms[0] == forms[1]) == (rings[0] == rings[1])

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("*CC(C)CC(C)*", "*CC(C)C(C)C*"),  # head to tail, head to head
            ("*C[C@H](C)*", "*C[C@H](C)C[C@@H](C)*"),  # isotactic, syndiotactic
            ("*C/C=C/C*", "*C/C=C\\C*"),
            ("*CCO*", "*CCCO*"),
            ("*CC([O-])*.[Na+]", "*CC([O-])*.[K+]"),
            ("*CC([O-])CC([O-])*.[Na+].[K+]", "*CC([O-])*.[Na+]"),
        ],
    )
    def test_stay_apart(self, one: str, other: str) -> None:
        assert canonical_polymer(one) != canonical_polymer(other)


@pytest.mark.parametrize(
    ("smiles", "reason"),
    [
        ("", "0 '*'"),
        ("CC", "0 '*'"),
        ("*CC", "1 '*'"),
        ("*C(*)C*", "3 '*'"),
        ("*CC(*)(", "not a SMILES"),
        ("*C(C)(C)(C)(C)*", "not a SMILES"),
        ("*C.C*", "not joined"),
        ("**", "no atom between"),
        ("*=CC*", "different kinds"),
        ("C*C*", "not the end of one bond"),
        ("*CC* name", "space"),
        ("*" + "C" * 3000 + "*", "more than 2000"),
    ],
)
def test_refusals_say_why(smiles: str, reason: str) -> None:
    with pytest.raises(StructureError, match=reason.replace("*", r"\*")):
        canonical_polymer(smiles)


def test_many_are_done_in_order_by_any_number_of_processes() -> None:
    smiles = ["*CC*", "bad", *(unit(["C"] * k + ["O"]) for k in range(1, 25))] * 160
    assert len(smiles) > 4000
    alone = canonical("polymer", smiles, workers=1)
    assert canonical("polymer", smiles, workers=2) == alone
    assert alone[0].structure == "*C*" and alone[1].reason


@pytest.mark.parametrize(
    ("smiles", "form"), [("OCC", "CCO"), ("C1=CC=CC=C1", "c1ccccc1"), ("[H]C(Cl)(Cl)Cl", "ClC(Cl)Cl")]
)
def test_solvents(smiles: str, form: str) -> None:
    assert canonical_solvent(smiles) == form


@pytest.mark.parametrize("smiles", ["*CC*", "", "C(", "C C"])
def test_no_solvent(smiles: str) -> None:
    with pytest.raises(StructureError):
        canonical_solvent(smiles)
