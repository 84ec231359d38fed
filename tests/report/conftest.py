"""A whole made-up project, fitted and reported as dvc.yaml does it."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "valuation"))  # made-up tables are shared with those tests

from fake_grids import planted_grid, write_samples
from fake_tables import Planted, write_project
from made_project import Project

from simworth.__main__ import main

PARAMS = Path(__file__).parents[1] / "valuation/made_params.yaml"
TASKS = ("refractive_index", "density", "heat_capacity", "thermal_conductivity")


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Four tasks, one of them waiting, fitted and reported; density has a grid and classes."""
    folder = tmp_path_factory.mktemp("project")
    write_project(folder)
    shutil.copy(PARAMS, folder / "params.yaml")
    planted_grid(Planted(points=5, trials=8)).write(folder / "results", "density")
    samples = write_samples(folder)
    more = {
        "--surface": folder / "results/surfaces/density.parquet",
        "--surface-predictions": folder / "results/surface_predictions/density.parquet",
        "--samples": samples,
        "--classes": folder / "results/classes/density.parquet",
    }
    grid_and_classes = [part for name, place in more.items() for part in (name, str(place))]
    for task in TASKS:
        places = {
            "--trials": f"trials/{task}.parquet",
            "--predictions": f"predictions/{task}.parquet",
            "--summary": f"sweeps/{task}.json",
            "--fit": f"fits/{task}.json",
            "--curve": f"curves/{task}.csv",
        }
        options = [part for name, place in places.items() for part in (name, str(folder / "results" / place))]
        options += grid_and_classes if task == "density" else []
        assert main(["fit", task, "--params", str(PARAMS), *options]) == 0
    made = Project(folder)
    assert made.report("--figures", str(folder / "reports/figures")) == 0
    return made


@pytest.fixture
def copy(project: Project, tmp_path: Path) -> Project:
    """The project, free to be changed."""
    shutil.copytree(project.folder, tmp_path / "copy")
    return Project(tmp_path / "copy")
