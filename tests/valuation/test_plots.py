"""`dvc plots` draws the curves on logarithmic axes, and leaves out a task that waits."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from simworth.valuation.laws import curve_table
from simworth.valuation.records import Fit, Valued

ROOT = Path(__file__).parents[2]


def run(*command: str, folder: Path) -> str:
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def project(tmp_path: Path, valued: Fit) -> Path:
    run("git", "init", "-q", folder=tmp_path)
    run(sys.executable, "-m", "dvc", "init", "-q", folder=tmp_path)
    shutil.copytree(ROOT / ".dvc/plots", tmp_path / ".dvc/plots")
    curves = tmp_path / "results/curves"
    curves.mkdir(parents=True)
    assert isinstance(valued.entry, Valued)
    curve_table(valued.curve, valued.entry.law).to_csv(curves / "density.csv", index=False)
    curve_table((), None).to_csv(curves / "heat_capacity.csv", index=False)
    (declared,) = YAML(typ="safe").load((ROOT / "dvc.yaml").read_text())["stages"]["fit"]["do"]["plots"]
    ((path, drawn),) = declared.items()
    plots = [{path.replace("${key}", task): drawn} for task in ("density", "heat_capacity")]
    with (tmp_path / "dvc.yaml").open("w") as file:
        YAML(typ="safe").dump({"plots": plots}, file)
    return tmp_path


def test_curves_are_drawn_log_log(project: Path) -> None:
    shown = json.loads(run(sys.executable, "-m", "dvc", "plots", "show", "--json", folder=project))["data"]
    assert [name for name, drawn in shown.items() if drawn] == ["results/curves/density.csv"]
    chart = shown["results/curves/density.csv"][0]["content"]
    assert chart["encoding"]["x"]["field"] == "n"
    assert chart["encoding"]["x"]["scale"]["type"] == "log"
    drawn = {layer["encoding"]["y"]["field"]: layer["encoding"]["y"]["scale"]["type"] for layer in chart["layer"]}
    assert drawn == {"low": "log", "law": "log", "mae": "log"}
    assert len(chart["data"]["values"]) == 10
    assert "<DVC_METRIC" not in json.dumps(chart)
