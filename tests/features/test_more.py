"""Descriptors beside the study's: Morgan counts, Magpie's statistics, vectors from a file of one's own."""

from __future__ import annotations

import hashlib
import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from simworth.errors import SimworthError
from simworth.features import describe, get_featurizer, magpie, morgan_counts
from simworth.features.composition import MAGPIE_FEATURES, MAGPIE_STATISTICS


class TestMorganCounts:
    @pytest.mark.parametrize(
        ("unit", "other"),
        [
            ("*CC(*)C", "*C(C)C*"),
            ("*CC(*)c1ccccc1", "*C(c1ccccc1)C*"),
            ("*OCCOC(=O)c1ccc(C(*)=O)cc1", "*CCOC(=O)c1ccc(C(=O)O*)cc1"),
        ],
    )
    def test_where_a_chain_is_cut_changes_nothing(self, unit: str, other: str) -> None:
        np.testing.assert_array_equal(*morgan_counts([unit, other]))

    def test_ends_leave_no_trace(self) -> None:
        """Polyethylene's two carbons: each environment of 0, 1 and 2 bonds once an atom, all atoms alike."""
        (found,) = morgan_counts(["*CC*"])
        assert sorted(found[found > 0]) == [2.0, 2.0, 2.0]

    def test_a_double_unit_counts_double(self) -> None:
        single, double = morgan_counts(["*CC(*)O", "*CC(O)CC(*)O"])
        np.testing.assert_array_equal(2 * single, double)

    def test_molecules_are_rdkits_own(self) -> None:
        from rdkit import Chem
        from rdkit.Chem import rdFingerprintGenerator

        smiles = "CC(=O)Oc1ccccc1C(=O)O"
        generator = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=1024, countSimulation=False)
        expected = generator.GetCountFingerprintAsNumPy(Chem.MolFromSmiles(smiles))
        np.testing.assert_array_equal(morgan_counts([smiles])[0], expected)


def test_magpies_statistics_are_weighted_by_atomic_fractions() -> None:
    """Of MgO2: oxygen is two thirds and the mode."""
    mixed, magnesium, oxygen = (dict(zip(magpie.columns, row, strict=True)) for row in magpie(["MgO2", "Mg", "O"]))
    for name in MAGPIE_FEATURES:
        mg, o = magnesium[f"{name}_mean"], oxygen[f"{name}_mean"]
        mean = mg / 3 + 2 * o / 3
        deviation = abs(mg - mean) / 3 + 2 * abs(o - mean) / 3
        expected = (min(mg, o), max(mg, o), abs(mg - o), mean, deviation, o)
        found = [mixed[f"{name}_{statistic}"] for statistic in MAGPIE_STATISTICS]
        np.testing.assert_allclose(found, expected, atol=1e-12)


class TestVectors:
    @pytest.fixture
    def name(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
        monkeypatch.chdir(tmp_path)
        table = pd.DataFrame(
            {"smiles": ["*C(C)C*", "OCC", "*CC*", "*C*", "nonsense"], "first": range(5), "second": [0.5, 1, 2, 2, 9]}
        )
        table.to_parquet("mine.parquet")
        return f"vectors:mine.parquet@{hashlib.sha256(Path('mine.parquet').read_bytes()).hexdigest()[:12]}"

    def test_structures_are_found_however_the_file_writes_them(self, name: str, tmp_path: Path) -> None:
        found = describe(["CCO", "*CC(*)C", "CC"], name, store=tmp_path / "store")
        np.testing.assert_array_equal(found.values[:2], [[1, 1], [0, 0.5]])
        assert [(one.structure, one.reason) for one in found.failures] == [("CC", "not in the file")]
        again = describe(["CCO"], pickle.loads(pickle.dumps(get_featurizer(name))), store=tmp_path / "store")
        assert again.computed == 0 and again.values.tolist() == [[1, 1]]

    def test_two_rows_that_contradict_each_other_describe_nothing(self, name: str, tmp_path: Path) -> None:
        """`*C*` and `*CC*` are one polymer."""
        (failure,) = describe(["*C*"], name, store=tmp_path / "store").failures
        assert failure.reason == "more than once in the file, with different vectors"

    def test_other_contents_need_another_name(self, name: str) -> None:
        pd.DataFrame({"smiles": ["CCO"], "first": [2.0]}).to_parquet("mine.parquet")
        digest = hashlib.sha256(Path("mine.parquet").read_bytes()).hexdigest()[:12]
        with pytest.raises(SimworthError, match=f"is {digest}; write 'vectors:mine.parquet@{digest}'"):
            get_featurizer(name)
        with pytest.raises(SimworthError, match=f"must stand behind the file's name; write .*@{digest}'"):
            get_featurizer("vectors:mine.parquet")
        with pytest.raises(SimworthError, match="name a parquet file beside params"):
            get_featurizer("vectors:none.parquet")
        with pytest.raises(SimworthError, match="no family of featurizers 'vektors'; did you mean 'vectors'"):
            get_featurizer("vektors:mine.parquet")

    @pytest.mark.parametrize(
        ("table", "why"),
        [
            ({"name": ["CCO"], "first": [1.0]}, "first column is 'name'; call it smiles or composition"),
            ({"smiles": ["CCO"], "first": ["a"]}, "column 'first' must hold numbers"),
            ({"smiles": ["CCO"]}, "column 2 must hold numbers"),
        ],
    )
    def test_what_is_no_such_table_is_refused(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, table: dict[str, list[object]], why: str
    ) -> None:
        monkeypatch.chdir(tmp_path)
        pd.DataFrame(table).to_parquet("mine.parquet")
        digest = hashlib.sha256(Path("mine.parquet").read_bytes()).hexdigest()
        with pytest.raises(SimworthError, match=why):
            get_featurizer(f"vectors:mine.parquet@{digest}")


class TestOneOrOther:
    def test_what_the_first_cannot_describe_has_the_other(self) -> None:
        siloxane, polymer = "*O[Si](*)(C)C", "*CC*"
        both = get_featurizer("ffkm or morgan_counts")
        found = both.describe([siloxane, polymer, "nonsense"])
        (ffkm,), (counts, other) = get_featurizer("ffkm")([polymer]), morgan_counts([siloxane, polymer])
        np.testing.assert_array_equal(found.values[0], [*np.zeros(190), 0, *counts])
        np.testing.assert_array_equal(found.values[1], [*ffkm, 1, *other])
        (failure,) = found.failures
        assert failure.reason == "ffkm: not a SMILES; morgan_counts: not a SMILES"
        assert pickle.loads(pickle.dumps(both)).digest == both.digest and len(set(both.columns)) == 190 + 1 + 1024
