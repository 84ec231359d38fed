"""The stage on the open snapshots and on small made-up ones."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from ruamel.yaml import YAML

from simworth.columns import CLEAN_COLUMNS
from simworth.config import load_settings
from simworth.data.catalogue import release_from, select
from simworth.data.ingest import ingest
from simworth.data.records import QualityReport
from simworth.data.select import materials
from simworth.errors import SimworthError
from simworth.units import factor
from tests.data.project import Project, main, make_project, tracked_project

ROOT = Path(__file__).parents[2]


def open_release(mirror: Path, database: str, folder: Path) -> tuple[pd.DataFrame, QualityReport]:
    """The repository's own selection of a database, read from the mirror."""
    settings = load_settings(ROOT / "params.yaml")
    selected = select(settings, database, ROOT / "data" / "catalogue" / database)
    for release in selected.releases.values():
        for file in release.files:
            (folder / file.name).symlink_to(mirror / file.mirror)
    done = ingest(settings, database, folder, selected, ROOT / "dvc.yaml")
    return done.clean, done.quality


class TestOpenSnapshots:
    """Counts of the mirrored files; fails where a change loses or invents values."""

    def test_radonpy(self, mirror: Path, tmp_path: Path) -> None:
        clean, quality = open_release(mirror, "radonpy", tmp_path)
        counts = {prop: entry.materials for prop, entry in quality.properties.items()}
        assert counts == {
            "density": 1077,
            "heat_capacity": 1076,
            "refractive_index": 1075,
            "thermal_conductivity": 1070,
        }
        assert quality.releases["PI1070"].rows_read == 1077
        assert sum(quality.releases["PI1070"].classes.values()) == 1077
        assert quality.properties["density"].median_relative_spread == pytest.approx(0.005, abs=0.002)
        assert clean["spread"].notna().all() and clean["replicates"].max() == 5
        first = clean[(clean["property"] == "density") & (clean["row"] == 2)].iloc[0]
        raw = pd.read_csv(mirror / "radonpy" / "PI1070.csv").iloc[0]
        assert (first["value"], first["spread"], first["replicates"]) == (
            raw["density"],
            raw["density_std"],
            raw["density_count"],
        )

    def test_polyinfo(self, mirror: Path, tmp_path: Path) -> None:
        clean, quality = open_release(mirror, "polyinfo", tmp_path)
        where = {prop: (entry.release, entry.materials) for prop, entry in quality.properties.items()}
        assert where["density"] == ("rhnet", 102)
        assert where["refractive_index"] == ("openpoly", 70)
        assert where["thermal_conductivity"][0] == "openpoly"
        raw = pd.read_csv(mirror / "polymer_experiments" / "rhnet_experimental_dataset.csv")
        amorphous = raw[raw["cryst"] == 0]
        table = materials(clean, "experiment", "density").materials
        assert len(table) == amorphous["polymer"].nunique()
        assert set(clean.loc[clean["property"] == "density", "value"]) == set(amorphous["dens"])
        assert clean.loc[clean["property"] == "thermal_conductivity", "value"].between(0.05, 1).all()
        reasons = {drop.reason for drop in quality.releases["openpoly"].dropped}
        assert "thermal_conductivity above 1 W/(m K)" in reasons

    def test_the_dvc_files_are_of_these_snapshots(self, mirror: Path, tmp_path: Path) -> None:
        for database in load_settings(ROOT / "params.yaml").databases:
            folder = tmp_path / database
            folder.mkdir()
            _, quality = open_release(mirror, database, folder)
            (out,) = YAML(typ="safe").load((ROOT / "data" / "raw" / f"{database}.dvc").read_text())["outs"]
            assert quality.snapshot.md5 == out["md5"]
            assert QualityReport.from_json(quality.to_json(), database).releases.keys() == quality.releases.keys()


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    made = make_project(tmp_path)
    monkeypatch.chdir(made.root)
    monkeypatch.setenv("SIMWORTH_MIRROR", str(made.mirror))
    assert main(["release", "fetch"]) == 0
    return made


def test_writes_both_files_the_same_twice(project: Project) -> None:
    outs = []
    for _ in range(2):
        assert project.ingest("radonpy") == 0
        outs.append(
            [(project.root / file).read_bytes() for file in ("data/clean/radonpy.parquet", "data/quality/radonpy.json")]
        )
    assert outs[0] == outs[1]
    assert list(pd.read_parquet(project.root / "data/clean/radonpy.parquet").columns) == list(CLEAN_COLUMNS)


def test_a_property_is_taken_whole_from_the_first_release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A user's one refractive index stands for all; what the export lacks stays with the stand-in."""
    project = tracked_project(tmp_path)
    monkeypatch.chdir(project.root)
    path = tmp_path / "mine.csv"
    path.write_text("smiles,property,value,unit\n*CC*,refractive_index,1.5,\n*CC*,density,0.9,g/cm3\n")
    assert main(["release", "add", "polyinfo", str(path), "--name", "mine", "--redistribute"]) == 0
    assert project.ingest("polyinfo") == 0
    clean = pd.read_parquet("data/clean/polyinfo.parquet")
    assert clean[clean["property"] == "refractive_index"]["release"].tolist() == ["mine"]
    assert set(clean[clean["property"] == "thermal_conductivity"]["release"]) == {"open"}
    report = QualityReport.read(Path("data/quality/polyinfo.json"))
    assert report.releases["open"].passed_over == {"refractive_index": 6}
    assert report.releases["mine"].passed_over == {}


def test_changed_file_is_refused(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    path = project.raw / "radonpy" / "PI1070.csv"
    path.write_text(path.read_text().replace("0.9,", "0.8,", 1))
    assert project.ingest("radonpy") == 1
    assert "release add" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ([], "mapping"),
        ({"reader": "x", "files": []}, "files"),
        ({"files": [{"name": "f", "sha256": "0" * 64, "bytes": 1}]}, "reader"),
        ({"reader": "x", "files": [{"name": "f", "sha256": "0", "bytes": 1}]}, "64 hex"),
        ({"reader": "x", "files": [{"name": "../f", "sha256": "0" * 64, "bytes": 1}]}, "plain"),
        ({"reader": "x", "files": [{"name": "f", "sha256": "0" * 64, "bytes": 1}], "license": "MIT"}, "license"),
    ],
)
def test_bad_catalogues_say_where(content: object, words: str) -> None:
    with pytest.raises(SimworthError, match=words):
        release_from(content, "x.yaml")


@pytest.mark.parametrize(
    ("unit", "into", "number"),
    [
        ("kg/m^3", "g/cm^3", 1e-3),
        ("kg m-3", "g/cm^3", 1e-3),
        ("g/cm3", "g/cm^3", 1.0),
        ("g cm⁻³", "g/cm^3", 1.0),
        ("J/g/K", "J/(kg K)", 1e3),
        ("cal/(g K)", "J/(kg K)", 4184.0),
        ("mW/(m·K)", "W/(m K)", 1e-3),
        ("S/cm", "S/m", 100.0),
        ("", "", 1.0),
    ],
)
def test_units_as_people_write_them(unit: str, into: str, number: float) -> None:
    assert factor(unit, into) == pytest.approx(number, rel=1e-12)


@pytest.mark.parametrize("unit", ["", "furlong", "g/cm", "K", "kg/m^", "W/mK", "%%", "1e9999"])
def test_units_are_never_guessed(unit: str) -> None:
    with pytest.raises(SimworthError):
        factor(unit, "g/cm^3")


def test_a_user_names_the_unit(project: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    frame = pd.read_csv(project.raw / "radonpy" / "PI1070.csv")
    path = tmp_path / "SI.csv"
    frame.assign(density=frame["density"] * 1000, density_std=10.0).to_csv(path, index=False)
    assert main(["release", "check", "radonpy", str(path)]) == 1
    said = capsys.readouterr().err
    for word in ("column 'density'", "6 of 6 values above 3 g/cm^3", "first: row 2, 900.0", "set unit: kg/m^3"):
        assert word in said
    assert main(["release", "check", "radonpy", str(path), "--unit", "density=kg/m^3"]) == 0
    assert "density: 6 values" in capsys.readouterr().out
