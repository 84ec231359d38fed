"""`simworth fit` as dvc.yaml calls it."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from fake_grids import empty_grid, planted_grid, write_samples
from fake_tables import Planted, Tables, waiting

from simworth.__main__ import main

PARAMS = Path(__file__).parents[1] / "valuation/made_params.yaml"


def fit(folder: Path, task: str, more: dict[str, Path] | None = None) -> int:
    places = {
        "--trials": f"trials/{task}.parquet",
        "--predictions": f"predictions/{task}.parquet",
        "--summary": f"sweeps/{task}.json",
        "--fit": f"fits/{task}.json",
        "--curve": f"curves/{task}.csv",
    }
    options = [part for name, place in places.items() for part in (name, str(folder / place))]
    options += [part for name, place in (more or {}).items() for part in (name, str(place))]
    return main(["fit", task, "--params", str(PARAMS), *options])


def test_writes_fit_and_curve_twice_the_same(density: Tables, tmp_path: Path) -> None:
    density.write(tmp_path)
    written = []
    for _ in range(2):
        assert fit(tmp_path, "density") == 0
        written.append([(tmp_path / name).read_bytes() for name in ("fits/density.json", "curves/density.csv")])
    assert written[0] == written[1]
    curve = pd.read_csv(tmp_path / "curves/density.csv")
    assert list(curve.columns) == ["n", "mae", "low", "high", "law"]
    assert curve["n"].is_monotonic_increasing and len(curve) == 10
    assert (curve["law"] / curve["mae"] - 1).abs().max() < 0.03


def test_fit_file_holds_no_single_material(density: Tables, tmp_path: Path) -> None:
    density.write(tmp_path)
    fit(tmp_path, "density")
    text = (tmp_path / "fits/density.json").read_text()
    assert not any(item in text for item in density.predictions["item"].unique())


def test_waiting_task_has_a_fit_and_an_empty_curve(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    waiting("heat_capacity", "J/(kg K)", "no measured heat_capacity").write(tmp_path)
    assert fit(tmp_path, "heat_capacity") == 0
    assert "heat_capacity: waiting: no measured heat_capacity" in capsys.readouterr().out
    assert json.loads((tmp_path / "fits/heat_capacity.json").read_text())["entry"]["status"] == "waiting"
    assert (tmp_path / "curves/heat_capacity.csv").read_text() == "n,mae,low,high,law\n"


def test_unknown_task_and_missing_table_are_one_line(
    density: Tables, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert fit(tmp_path, "densty") == 1
    assert "did you mean 'density'" in capsys.readouterr().err
    assert fit(tmp_path, "density") == 1
    error = capsys.readouterr().err
    assert "cannot be read" in error and error.count("\n") == 1


def whole(folder: Path) -> dict[str, Path]:
    """Every option of the command."""
    samples = write_samples(folder)
    return {
        "--surface": folder / "surfaces/density.parquet",
        "--surface-predictions": folder / "surface_predictions/density.parquet",
        "--samples": samples,
        "--classes": folder / "classes/density.parquet",
    }


def test_surface_and_classes_as_the_pipeline_asks(density: Tables, tmp_path: Path) -> None:
    density.write(tmp_path)
    planted_grid(Planted(points=5, trials=6)).write(tmp_path, "density")
    assert fit(tmp_path, "density", whole(tmp_path)) == 0
    record = json.loads((tmp_path / "fits/density.json").read_text())
    entry = record["entry"]
    assert entry["equivalent_samples"]["method"] == "surface" and entry["law_m"] is not None
    assert list(entry["classes"]) == list(record["class_curves"]) == ["PVNL", "PSTR", "PAMD", "PIMD"]
    assert entry["grouping"] == {"by": "material_class", "same_property": True, "shown": True}
    assert len(record["surface_points"]) == 25
    classes = pd.read_parquet(tmp_path / "classes/density.parquet")
    assert list(classes.columns) == ["side", "item", "material_class"] and len(classes) == 180
    assert not any(item in json.dumps(record) for item in density.predictions["item"].unique())


def test_an_empty_grid_leaves_no_surface(density: Tables, tmp_path: Path) -> None:
    density.write(tmp_path)
    empty_grid().write(tmp_path, "density")
    grid = {name: path for name, path in whole(tmp_path).items() if "surface" in name}
    assert fit(tmp_path, "density", grid) == 0
    entry = json.loads((tmp_path / "fits/density.json").read_text())["entry"]
    assert entry["surface"] is None and entry["equivalent_samples"] is None and entry["law_m"] is None


@pytest.mark.parametrize(
    ("left_out", "said"), [("--surface", "a grid has two tables"), ("--samples", "classes need two files")]
)
def test_half_of_what_belongs_together_is_refused(
    left_out: str, said: str, density: Tables, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    density.write(tmp_path)
    empty_grid().write(tmp_path, "density")
    more = whole(tmp_path)
    del more[left_out]
    assert fit(tmp_path, "density", more) == 1
    assert said in capsys.readouterr().err
