"""A whole made-up project, fitted and reported as dvc.yaml does it."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "valuation"))  # made-up tables are shared with those tests

from fake_tables import write_project
from made_project import Project

from simworth.__main__ import main

PARAMS = Path(__file__).parents[2] / "params.yaml"
TASKS = ("refractive_index", "density", "heat_capacity", "thermal_conductivity")


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Four tasks, one of them waiting, fitted and reported."""
    folder = tmp_path_factory.mktemp("project")
    write_project(folder)
    shutil.copy(PARAMS, folder / "params.yaml")
    for task in TASKS:
        places = {
            "--trials": f"trials/{task}.parquet",
            "--predictions": f"predictions/{task}.parquet",
            "--summary": f"sweeps/{task}.json",
            "--fit": f"fits/{task}.json",
            "--curve": f"curves/{task}.csv",
        }
        options = [part for name, place in places.items() for part in (name, str(folder / "results" / place))]
        assert main(["fit", task, "--params", str(PARAMS), *options]) == 0
    made = Project(folder)
    assert made.report("--figures", str(folder / "reports/figures")) == 0
    return made


@pytest.fixture
def copy(project: Project, tmp_path: Path) -> Project:
    """The project, free to be changed."""
    shutil.copytree(project.folder, tmp_path / "copy")
    return Project(tmp_path / "copy")
