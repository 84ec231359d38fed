"""A backtest of releases of its own, as a user names them in params.yaml."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from ruamel.yaml import YAML

from simworth.demo.tables import RELEASE
from simworth.digests import file_sha256
from simworth.valuation.backtest import Backtest
from simworth.valuation.records import Fit, Valued
from tests.stages import Project, fitted_project

HALF, SHIFT = 30, 0.1
"""simulations that the other group ran again, and by how much higher its densities are"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project whose catalogue knows a second release, of another database, on the mirror alone."""
    made = fitted_project(tmp_path / "made")
    table = pd.read_csv(made.root / "data/raw/radonpy/simulations.csv").iloc[:HALF]
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    table.assign(density=table["density"] + SHIFT).to_csv(mirror / "again.csv", index=False)
    monkeypatch.setenv("SIMWORTH_MIRROR", str(mirror))
    entry = made.root / "data/catalogue/others/2026.yaml"
    entry.parent.mkdir()
    file = {"name": "again.csv", "mirror": "again.csv", "sha256": file_sha256(mirror / "again.csv")}
    YAML().dump({"reader": "PI1070", "files": [{**file, "bytes": (mirror / "again.csv").stat().st_size}]}, entry)
    return made


def test_pooled_releases_are_brought_and_their_simulations_taken(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    pooled = [f"radonpy/{RELEASE}", "others/2026"]
    params = project.root / "params.yaml"
    content = YAML().load(params)
    content["backtests"] = {"both": {"task": "density", "orders": ["nearest"], "pooled": pooled}}
    YAML().dump(content, params)
    project.simworth("backtest", "both")
    said = capsys.readouterr().out
    assert "again.csv: from the mirror" in said and "density: nearest " in said
    found = Backtest.read(project.root / "reports/next/density.backtest.json")
    assert found.releases["pooled"] == tuple(pooled) and found.releases["polyinfo"] == (RELEASE,)
    kept = project.root / ".dvc/tmp/releases/others/2026/again.csv"
    kept.write_text("of another release")
    project.simworth("backtest", "both")  # brought again, since it is not what the catalogue names
    assert "again.csv: from the mirror" in capsys.readouterr().out
    assert found.simulated == 60 and [point.n for point in found.orders[0].points] == [30, 36, 42, 50]
    content["backtests"]["both"]["pooled"] = [f"radonpy/{RELEASE}", "others/2027"]
    YAML().dump(content, params)
    project.simworth("backtest", "both", code=1)
    assert (
        "release others/2027: no release '2027' in data/catalogue/others; did you mean '2026'"
        in capsys.readouterr().err
    )


def test_intervals_draw_what_those_of_the_law_do(project: Project) -> None:
    """Materials or classes, as the fit found on all its sizes."""
    fit = Fit.read(project.root / "results/fits/density.json")
    assert isinstance(fit.entry, Valued) and fit.entry.class_correlation is not None
    found = []
    for drawn in (False, True):
        told = fit.entry.class_correlation.model_copy(update={"drawn": drawn})
        changed = fit.model_copy(update={"entry": fit.entry.model_copy(update={"class_correlation": told})})
        changed.write(project.root / "fits/density.json")
        project.simworth("backtest", "density", "--orders", "nearest", "--fits", "fits")
        found.append(Backtest.read(project.root / "reports/next/density.backtest.json").orders[0].overall)
    assert found[0].value == found[1].value and found[0].low != found[1].low
