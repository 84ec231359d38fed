"""Releases of a made-up database, one larger than the other, each fitted as dvc.yaml does it."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "valuation"))  # made-up tables are shared with those tests

from fake_tables import Planted, planted, quality, waiting

from simworth.__main__ import main

PARAMS = Path(__file__).parents[1] / "valuation/made_params.yaml"
EVEN = {"polystyrenes": 0.3, "polyvinyls": 0.5, "polyamides": 0.2}
Release = Callable[..., Path]


@pytest.fixture(scope="session")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Planted], Path]:
    """Folder with the fitted results of a plan, made once per plan."""
    made: dict[Planted, Path] = {}

    def make(plan: Planted) -> Path:
        if plan not in made:
            folder = tmp_path_factory.mktemp("fitted")
            planted(plan).write(folder)
            fit(folder, plan.task)
            made[plan] = folder
        return made[plan]

    return make


def fit(results: Path, task: str, more: Mapping[str, Path] | None = None) -> None:
    """Run `simworth fit` on a folder of results."""
    places = {
        "--trials": f"trials/{task}.parquet",
        "--predictions": f"predictions/{task}.parquet",
        "--summary": f"sweeps/{task}.json",
        "--fit": f"fits/{task}.json",
        "--curve": f"curves/{task}.csv",
    }
    given = {name: results / place for name, place in places.items()} | dict(more or {})
    options = [part for name, place in given.items() for part in (name, str(place))]
    assert main(["fit", task, "--params", str(PARAMS), *options]) == 0


@pytest.fixture
def release(tmp_path: Path, fitted: Callable[[Planted], Path]) -> Release:
    """Lay a release's results into the test's project: density as planned, the other tasks waiting."""
    results = tmp_path / "results"
    for task in ("refractive_index", "heat_capacity", "thermal_conductivity"):
        waiting(task, "", "no measurements").write(results)
        fit(results, task)
    shutil.copy(PARAMS, tmp_path / "params.yaml")

    def lay(
        plan: Planted, shares: Mapping[str, float] = EVEN, measured: str = "m", pooled: Mapping[str, int] | None = None
    ) -> Path:
        shutil.copytree(fitted(plan), results, dirs_exist_ok=True)
        for database in ("radonpy", "polyinfo"):
            report = quality(database)
            own = f"{plan.n_max:032x}.dir" if database == "radonpy" else f"{measured * 32}.dir"
            classes = {name: round(share * plan.n_max) for name, share in shares.items()}
            releases = {key: one.model_copy(update={"classes": classes}) for key, one in report.releases.items()}
            held = report.properties
            if pooled and database == "radonpy":  # a second release, held together with the first
                releases["more"] = releases["PI1070"].model_copy(update={"classes": dict(pooled)})
                held = {key: one.model_copy(update={"release": "PI1070, more"}) for key, one in held.items()}
            news = {
                "properties": held,
                "snapshot": report.snapshot.model_copy(update={"md5": own}),
                "releases": releases,
            }
            report.model_copy(update=news).write(tmp_path / f"data/quality/{database}.json")
        return tmp_path

    return lay


def ledger(folder: Path) -> int:
    """Run `simworth ledger` on a project."""
    names = ("trials", "predictions", "sweeps", "fits")
    options = [part for name in names for part in (f"--{name}", str(folder / "results" / name))]
    return main(
        ["ledger", "--params", str(folder / "params.yaml"), "--quality", str(folder / "data/quality"), *options,
         "--ledger", str(folder / "reports/ledger")]
    )  # fmt: skip


@pytest.fixture
def enter() -> Callable[[Path], int]:
    return ledger
