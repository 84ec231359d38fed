"""What each kind of release is like: flags, copolymers, rings, old and new curves."""

from __future__ import annotations

import contextlib
import gzip
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simworth.data.kinds import StructureError
from simworth.data.kinds.polymer import canonical_polymer, open_oligomer
from simworth.data.select import materials
from simworth.errors import SimworthError
from tests.data.frames import curves_frames, polyomics_frame
from tests.data.reading import balanced, read, values
from tests.data.sample import POLYMERS, write
from tests.data.samples import ring
from tests.data.test_structures import SEGMENTS, unit


class TestPolyOmics:
    def frame(self) -> pd.DataFrame:
        return polyomics_frame(list(POLYMERS))

    def test_flags_decide_convergence(self, tmp_path: Path) -> None:
        frame = self.frame().astype({"check_eq": object, "check_tc": object})
        frame.loc[0, "check_tc"] = False
        frame.loc[1, "check_tc"] = ""
        frame.loc[2, "check_eq"] = False
        clean = read("PolyOmics", [write(tmp_path / "p.csv", frame)]).clean
        off = clean[~clean["converged"]].groupby("property")["row"].apply(list).to_dict()
        assert off == {"thermal_conductivity": [2, 3], "density": [4], "heat_capacity": [4], "refractive_index": [4]}
        chosen = materials(clean, "simulation", "thermal_conductivity")
        assert len(chosen.materials) == 4 and chosen.left_out == {"not converged": 2}

    def test_copolymers_are_counted(self, tmp_path: Path) -> None:
        frame = self.frame().astype({"copoly_ratio_list": object})
        frame.loc[0, "smiles_2"] = "*CCO*"
        frame.loc[1, "copoly_ratio_list"] = "0.5,0.5"
        frame.loc[2, "smiles_list"] = "*CC*,*CCO*"
        (drop,) = balanced(read("PolyOmics", [write(tmp_path / "p.csv", frame)])).dropped
        assert (drop.reason, drop.rows, drop.values) == ("copolymer or several monomers", 3, 12)

    def test_replicates_stay_apart_until_the_median(self, tmp_path: Path) -> None:
        frame = pd.concat([self.frame()] * 3, ignore_index=True)
        frame["UUID"] = range(len(frame))
        frame["density"] = [1.0] * 6 + [1.2] * 6 + [1.3] * 6
        clean = read("PolyOmics", [write(tmp_path / "p.csv", frame)]).clean
        chosen = materials(clean, "simulation", "density").materials
        assert (chosen["value"] == 1.2).all() and (chosen["replicates"] == 3).all()
        assert chosen["spread"].to_numpy() == pytest.approx(np.std([1.0, 1.2, 1.3], ddof=1))

    def test_protocol_can_be_selected(self, tmp_path: Path) -> None:
        frame = self.frame()
        frame.loc[:2, "RadonPy_ver"] = "0.2.1"
        clean = read("PolyOmics", [write(tmp_path / "p.csv", frame)]).clean
        chosen = materials(clean, "simulation", "density", "protocol.str.contains('RadonPy_ver=0.2.10')")
        assert len(chosen.materials) == 3 and chosen.left_out == {"filter": 3}

    def test_both_revisions_have_the_columns_that_matter(self, tmp_path: Path) -> None:
        """The older one has 255 columns, the newer 259; what is not used may come and go."""
        for width in (255, 259):
            frame = self.frame()
            padding = pd.DataFrame(0.5, frame.index, [f"other_{k}" for k in range(width - frame.shape[1])])
            one = read("PolyOmics", [write(tmp_path / "p.csv", pd.concat([padding, frame], axis=1))])
            assert len(one.clean) == 24

    @pytest.mark.soak
    def test_full_size_is_read_whole_in_two_gib(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """95,335 runs of 78,000 repeat units, 259 columns, on every core, as a user reads it."""
        monkeypatch.delenv("SIMWORTH_WORKERS")
        rng = np.random.default_rng(1)
        tails = ["", "C(=O)", "O", "C(Cl)", "S(=O)(=O)", "c1ccc(cc1)", "C(C)(C)", "N"]
        words = {unit([str(rng.choice(SEGMENTS)) for _ in range(7)] + [str(rng.choice(tails))]) for _ in range(90_000)}
        smiles = sorted(words)[:78_000]
        frame = polyomics_frame(smiles + smiles[: 95_335 - len(smiles)])
        padding = pd.DataFrame(rng.random((len(frame), 259 - frame.shape[1])).round(4), frame.index).add_prefix("x")
        path = write(tmp_path / "big.csv", pd.concat([frame, padding], axis=1))
        del frame, padding
        words = ["-m", "simworth", "release", "check", "radonpy", str(path), "--reader", "PolyOmics"]
        most, said = watched([sys.executable, *words])
        assert f"{4 * 95_335} of {4 * 95_335} values kept" in said
        assert most < 2**31


def watched(command: list[str]) -> tuple[int, str]:
    """A command in the repository: bytes of memory at most of all its processes, and what it said."""
    most = 0
    process = psutil.Popen(command, cwd=Path(__file__).parents[2], stdout=subprocess.PIPE, text=True)
    while process.poll() is None:
        with contextlib.suppress(psutil.NoSuchProcess):
            family = [process, *process.children(recursive=True)]
            most = max(most, sum(one.memory_info().rss for one in family))
        time.sleep(0.05)
    with process.stdout:
        said = process.stdout.read()
    assert process.returncode == 0
    return most, said


class TestChi:
    @settings(max_examples=100, deadline=None)
    @given(st.lists(st.sampled_from(SEGMENTS), min_size=1, max_size=5))
    def test_opening_is_the_inverse_of_closing(self, word: list[str]) -> None:
        closed = ring(unit(word * (1 if len(word) > 1 else 2)))
        assert open_oligomer(closed) == canonical_polymer(unit(word))

    @pytest.mark.parametrize("smiles", ["CCO", "C1CCCCC1", "c1ccccc1", "C1CCCOCCCCCCC1", ""])
    def test_what_is_no_ring_of_units_is_refused(self, smiles: str) -> None:
        with pytest.raises(StructureError):
            open_oligomer(smiles)

    def test_measured_and_simulated_meet(self, mirror: Path) -> None:
        """46 polymers under one name each, whether given as ring or as repeat unit; kelvin; the study's 766 pairs."""
        folder = mirror / "cosmo_rs"
        measured = read("chi-measured", [folder / "data_Chi.csv"])
        simulated = read("chi-simulated", [folder / "data_COSMO.csv"])
        assert balanced(measured).values_kept == 1190 and balanced(simulated).values_kept == 1206
        assert set(measured.clean["structure"]) == set(simulated.clean["structure"])
        assert measured.clean["structure"].nunique() == 46
        assert measured.clean["item"].nunique() == 766
        assert measured.clean["partner"].nunique() == 140
        assert set(simulated.clean["item"]) <= set(measured.clean["item"])
        assert measured.clean["material_class"].nunique() == 12 and set(simulated.clean["material_class"]) == {""}
        assert measured.clean["temperature"].between(250, 600).all()
        assert (measured.clean["temperature"] == 373.15).sum() == 388


Save = Callable[[Path, pd.DataFrame], Path]


def zipped(path: Path, frame: pd.DataFrame) -> Path:
    packed = path.with_name(path.name + ".gz")
    packed.parent.mkdir(parents=True, exist_ok=True)
    packed.write_bytes(gzip.compress(frame.to_csv(index=False).encode()))
    return packed


class TestStarrydata:
    @pytest.mark.parametrize("quoted", [True, False])
    @pytest.mark.parametrize(("prefix", "save"), [("all", write), ("starrydata", write), ("starrydata", zipped)])
    def test_every_form_of_the_curves(self, tmp_path: Path, prefix: str, save: Save, quoted: bool) -> None:
        curves, samples, papers, expected = curves_frames(quoted, figure_name=prefix != "all")
        frames = {"curves": curves, "samples": samples, "papers": papers}
        paths = [save(tmp_path / f"{prefix}_{kind}.csv", frame) for kind, frame in frames.items()]
        one = read("starrydata-curves", paths)
        assert values(one.clean) == {key: pytest.approx(wanted) for key, wanted in expected.items()}
        assert set(one.clean["temperature"]) == {300.0}
        assert any("papers" in note for note in one.tally.notes)

    def test_compositions_from_the_samples(self, tmp_path: Path) -> None:
        curves, samples, _, expected = curves_frames(quoted=False, figure_name=True)
        curves["composition"] = ""
        paths = [write(tmp_path / "a_curves.csv", curves), write(tmp_path / "a_samples.csv", samples)]
        assert values(read("starrydata-curves", paths).clean).keys() == expected.keys()
        (drop,) = {drop.reason for drop in balanced(self.dropping(tmp_path, paths[:1])).dropped}
        assert drop == "composition: no composition"

    def dropping(self, folder: Path, paths: list[Path]):  # type: ignore[no-untyped-def]
        """The curves, one of which has a composition of its own."""
        frame = pd.read_csv(paths[0], dtype=str, keep_default_na=False)
        frame.loc[0, "composition"] = "PbTe"
        return read("starrydata-curves", [write(folder / "b_curves.csv", frame)])

    @pytest.mark.parametrize(
        ("column", "text", "reason"),
        [
            ("x", "[310, 350, 450]", "temperatures do not reach 300 K"),
            ("x", "[250, 350]", "different lengths"),
            ("x", "250, 350, 450", "no list of numbers"),
            ("y", '["a", "b", "c"]', "no list of numbers"),
            ("y", "[]", "different lengths"),
            ("unit_x", "V", "unit of temperature is not known"),
            ("unit_y", "V", "another kind of quantity"),
            ("composition", "Bi-92%", "not a chemical formula"),
        ],
    )
    def test_what_gives_no_value_is_counted(self, tmp_path: Path, column: str, text: str, reason: str) -> None:
        curves, *_ = curves_frames(quoted=False, figure_name=True)
        curves.loc[1, column] = text
        (drop,) = balanced(read("starrydata-curves", [write(tmp_path / "curves.csv", curves)])).dropped
        assert reason in drop.reason and drop.example.row == 3

    def test_celsius_and_order(self, tmp_path: Path) -> None:
        curves, *_ = curves_frames(quoted=False, figure_name=True)
        curves.loc[0, ["x", "y", "unit_x"]] = ["[76.85, -23.15]", "[2.0, 1.0]", "degC"]
        clean = read("starrydata-curves", [write(tmp_path / "curves.csv", curves)]).clean
        assert clean[clean["row"] == 2]["value"].tolist() == [pytest.approx(1.5)]

    @pytest.mark.parametrize("names", [["a.csv"], ["a_curves.csv", "b_curves.csv"]])
    def test_wrong_files_are_named(self, tmp_path: Path, names: list[str]) -> None:
        curves, *_ = curves_frames(quoted=False, figure_name=True)
        with pytest.raises(SimworthError, match="one file of curves"):
            read("starrydata-curves", [write(tmp_path / name, curves) for name in names])

    def test_open_release(self, mirror: Path) -> None:
        """539 samples at 300 K, 31 of them no formula and 5 with didymium (DD, no deuterium), 424 compositions."""
        one = read("starrydata-2019", [mirror / "starrydata" / "20190711_preprocessing_interpolated_data.csv"])
        counted = balanced(one)
        chosen = materials(one.clean, "experiment", "electrical_conductivity").materials
        assert len(chosen) == 424
        refused = [drop.rows for drop in counted.dropped if drop.reason.startswith("composition")]
        assert counted.rows_kept == 503 and sum(refused) == 36
