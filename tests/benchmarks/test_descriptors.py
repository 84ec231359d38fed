"""Lines on descriptors: both sides give the same vectors, or nothing is compared."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import simworth.features
from benchmarks import descriptors
from benchmarks.descriptors import DescriptorLoad, ffkm_line, polymers, release_line
from benchmarks.same import WorkDiffers
from simworth.features import Described


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DescriptorLoad:
    """Two polymers, and a release of three beside twelve."""
    monkeypatch.delenv("SIMWORTH_MIRROR", raising=False)
    monkeypatch.setattr(descriptors, "polymers", lambda count, raw: (["*CC*", "*CC(*)c1ccccc1"][:count], "by hand"))
    return DescriptorLoad(tmp_path, polymers=2, part=1, known=12, new=3, rounds=2, workers=1)


def test_ffkm_line(small: DescriptorLoad) -> None:
    line = ffkm_line(small)
    assert line.ours and line.against and line.ratio == line.against / line.ours
    assert line.target == 7.0
    assert line.size == "2 random polymers by hand"


@pytest.mark.parametrize("wrong", [1e-8, np.nan])
def test_vectors_that_differ_are_not_timed(
    small: DescriptorLoad, wrong: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(descriptors, "radonpys_own", lambda some: simworth.features.ffkm(some) + wrong)
    with pytest.raises(WorkDiffers, match="ffkm of "):
        ffkm_line(small)


def test_a_polymer_that_neither_describes_is_no_difference() -> None:
    nothing = np.full((1, 190), np.nan)
    assert descriptors._apart(["*[Si]*"], nothing, nothing) == 0


def test_polymers_are_composed_where_there_is_no_snapshot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SIMWORTH_MIRROR", raising=False)
    found, where = polymers(5, tmp_path)
    assert len(set(found)) == 5
    assert "composed" in where


def test_polymers_of_the_snapshot_or_the_mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "radonpy").mkdir()
    (tmp_path / "radonpy" / "PI1070.csv").write_text("smiles\n*C*\n*CC*\n*CO*\n")
    for raw, mirror in ((tmp_path, "/nowhere"), (Path("/nowhere"), str(tmp_path))):
        monkeypatch.setenv("SIMWORTH_MIRROR", mirror)
        found, where = polymers(2, raw)
        assert set(found) < {"*C*", "*CC*", "*CO*"}
        assert where == "of PI1070"


def test_release_line(small: DescriptorLoad) -> None:
    line = release_line(small)
    assert line.ours and line.against
    assert line.met is (line.ours <= line.against / line.target)
    assert line.size == "12 structures, then 3 new ones"


def test_a_release_that_computes_everything_again_is_noticed(
    small: DescriptorLoad, monkeypatch: pytest.MonkeyPatch
) -> None:
    def anew(structures: list[str], store: Path, **_: object) -> Described:
        store.mkdir(exist_ok=True)
        return Described(np.zeros((len(structures), 190)), (), len(structures))

    monkeypatch.setattr(simworth.features, "describe", anew)
    with pytest.raises(WorkDiffers, match="3 new structures computed 15"):
        release_line(small)


def test_a_store_that_returns_something_else_is_noticed(small: DescriptorLoad, monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(structures: list[str], store: Path, **_: object) -> Described:
        store.mkdir(exist_ok=True)
        return Described(np.full((len(structures), 190), float(len(structures))), (), 3)

    monkeypatch.setattr(simworth.features, "describe", wrong)
    with pytest.raises(WorkDiffers, match="not those of its structures alone"):
        release_line(small)
