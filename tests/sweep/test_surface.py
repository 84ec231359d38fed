"""The stage of the n x m grid: where there is none, and where the curve lies within it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from simworth.columns import PREDICTION_COLUMNS, TRIAL_COLUMNS
from simworth.demo.workspace import Demo
from simworth.model.ensemble import read_ensemble
from simworth.valuation.records import Fit, Valued
from tests.faults.lab import ROOT, made
from tests.stages import fitted_project, small_project

CODE = "import sys; from simworth.cli import main; assert main(sys.argv[1:]) == 0; assert 'torch' not in sys.modules"


def test_a_task_without_a_surface_has_empty_tables_and_loads_nothing_that_trains(tmp_path: Path) -> None:
    sweep = made(tmp_path)
    given = sweep.command[2 : sweep.command.index("--summary")]
    done = subprocess.run(
        [sys.executable, "-c", CODE, "surface", "density", *given],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for name, columns in (("t", TRIAL_COLUMNS), ("p", PREDICTION_COLUMNS)):
        table = pd.read_parquet(sweep.results / f"{name}.parquet")
        assert table.empty and list(table.columns) == list(columns)


def test_the_curve_may_learn_from_fewer_measurements_than_there_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """At target.m the shards, the law and the model are what they were, and the grid reaches on to all of them."""
    project = small_project(tmp_path, ["density"], Demo(size=100, trials=10, seed=3))
    project.settings({"surface": {"points": 3, "smallest": 0.5}}, "density")
    project.run("surface@density")
    before = pd.read_parquet(project.root / "results/surfaces/density.parquet")
    m, most = sorted(before["m"].unique())[1:]
    kept = names(tmp_path)

    project.settings({"target": {"database": "polyinfo", "m": int(m)}}, "density")
    (project.root / ".done").unlink()
    project.run("fit@density", "model@density")
    trials = pd.read_parquet(project.root / "results/trials/density.parquet")
    assert set(trials["m"]) == {m} and set(trials["learning"]) == {"direct", "transfer"}
    pd.testing.assert_frame_equal(pd.read_parquet(project.root / "results/surfaces/density.parquet"), before)
    assert len(names(tmp_path) - kept) == 1, "direct learning at m alone is new"
    entry = Fit.read(project.root / "results/fits/density.json").entry
    assert isinstance(entry, Valued) and entry.m == m
    assert read_ensemble(project.root / "models/density").card.m == m

    project.settings({"target": {"database": "polyinfo", "m": int(most) + 1}}, "density")
    capsys.readouterr()
    project.simworth(*SWEEP.split(), code=1)
    assert f"target.m is {most + 1}, its training side holds {most} measured materials" in capsys.readouterr().err


SWEEP = (
    "sweep density --prepared data/prepared/density --trials results/trials/density.parquet "
    "--predictions results/predictions/density.parquet --summary results/sweeps/density.json"
)


def names(folder: Path) -> set[str]:
    """Shards in the store of a small project."""
    return {path.name for path in (folder / "store").glob("units/*/*.safetensors") if ".weights" not in path.name}


def test_the_smallest_size_still_has_a_material_to_validate_by(tmp_path: Path) -> None:
    """A share of few measurements may come to less than two."""
    project = fitted_project(tmp_path)
    project.settings({"surface": {"points": 3, "smallest": 0.001}}, "density")
    (project.root / ".done").unlink()
    project.run("surface@density")
    grid = pd.read_parquet(project.root / "results/surfaces/density.parquet")
    assert grid["m"].min() == 2 and (grid["status"] == "ok").all()
