"""What every registered featurizer promises."""

from __future__ import annotations

import pickle
import subprocess
import sys

import numpy as np
import pytest

from simworth.errors import SimworthError
from simworth.features import FEATURIZERS, Undescribed, featurizer, get_featurizer
from simworth.features.registry import Featurizer

GOOD = {
    "ffkm": ["*CC*", "*CC(*)c1ccccc1", "CCO", "O"],
    "rdkit_descriptors": ["*CC*", "*CC(*)c1ccccc1", "CCO", "O"],
    "morgan_counts": ["*CC*", "*CC(*)c1ccccc1", "CCO", "O"],
    "composition_kernel_mean": ["PbTe", "Bi0.5Sb1.5Te3", "Cu2Se"],
    "magpie": ["PbTe", "Bi0.5Sb1.5Te3", "Cu2Se"],
}
BAD = ["", "not a structure", "*C(", "Xx2", "\N{SNOWMAN}", "a" * 3000]


OURS = {name: FEATURIZERS[name] for name in FEATURIZERS if FEATURIZERS[name].one.__module__.startswith("simworth.")}
"""without those that other tests register"""


@pytest.mark.parametrize("one", OURS.values(), ids=OURS)
class TestEveryFeaturizer:
    def test_describes(self, one: Featurizer) -> None:
        values = one(GOOD[one.name])
        assert values.shape == (len(GOOD[one.name]), len(one.columns))
        assert values.dtype == np.float64
        assert np.isfinite(values).all()
        assert len({row.tobytes() for row in values}) == len(values)

    def test_what_cannot_be_described_hurts_nobody(self, one: Featurizer) -> None:
        good = GOOD[one.name]
        found = one.describe([BAD[0], *good, *BAD[1:]])
        expected = one(good)
        np.testing.assert_array_equal(found.values[1 : len(good) + 1], expected)
        assert np.isnan(np.delete(found.values, range(1, len(good) + 1), axis=0)).all()
        assert [failure.structure for failure in found.failures] == BAD
        assert all(failure.reason and "\n" not in failure.reason for failure in found.failures)

    def test_is_silent(self, one: Featurizer, capfd: pytest.CaptureFixture[str]) -> None:
        one([*GOOD[one.name], *BAD, "*[Si](C)(C)O*"])
        assert capfd.readouterr() == ("", "")

    def test_a_structure_is_described_alone(self, one: Featurizer) -> None:
        good = GOOD[one.name]
        backwards = one(good[::-1])[::-1]
        np.testing.assert_array_equal(one(good), backwards)
        np.testing.assert_array_equal(one(good[:1])[0], backwards[0])

    def test_repeats_keep_their_places(self, one: Featurizer) -> None:
        first, second = GOOD[one.name][:2]
        found = one.describe([second, first, second])
        np.testing.assert_array_equal(found.values, one([first, second])[[1, 0, 1]])

    def test_no_structures(self, one: Featurizer) -> None:
        assert one([]).shape == (0, len(one.columns))

    def test_columns_are_told_apart(self, one: Featurizer) -> None:
        assert len(set(one.columns)) == len(one.columns)

    def test_travels_to_other_processes(self, one: Featurizer) -> None:
        assert pickle.loads(pickle.dumps(one)) is one

    def test_digest_names_what_numbers_depend_on(self, one: Featurizer) -> None:
        import dataclasses

        assert one.digest == dataclasses.replace(one).digest
        others = {
            dataclasses.replace(one, version=one.version + 1).digest,
            dataclasses.replace(one, settings={**one.settings, "more": 1}).digest,
            dataclasses.replace(one, libraries=(*one.libraries, "click")).digest,
            dataclasses.replace(one, names=lambda: one.columns[1:]).digest,
        }
        assert len(others - {one.digest}) == 4


def test_sizes() -> None:
    sizes = {name: len(FEATURIZERS[name].columns) for name in FEATURIZERS}
    assert sizes["ffkm"] == 190
    assert sizes["composition_kernel_mean"] == 580
    assert sizes["rdkit_descriptors"] > 200


def test_rdkits_ring_finding_is_in_the_digest() -> None:
    for name in ("ffkm", "rdkit_descriptors"):
        settings = get_featurizer(name).provenance["settings"]
        assert settings["legacy_ring_finding"] is True
        assert settings["rdkit"].count(".") == 2


def test_a_wrong_name_suggests_the_right_one() -> None:
    with pytest.raises(SimworthError, match=r"no featurizer 'ffmk'; did you mean 'ffkm'"):
        get_featurizer("ffmk")


def test_two_of_a_name_are_refused() -> None:
    with pytest.raises(SimworthError, match=r"two featurizers are called 'ffkm'"):

        @featurizer("ffkm", version=1, columns=list)
        def other(structure: str) -> np.ndarray:
            raise Undescribed(structure)


def test_importing_loads_no_heavy_library() -> None:
    heavy = ("radonpy", "pymatgen", "sklearn", "mendeleev", "matminer", "scipy", "matplotlib", "torch", "mlflow")
    script = f"import sys, simworth.features; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
