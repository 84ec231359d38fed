"""A backtest by its name, from the made-up releases to the file that the page shows, as `make repro TASKS=` runs it."""

from __future__ import annotations

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from simworth.demo.workspace import Demo
from simworth.valuation.backtest import Backtest
from tests.stages import small_project

pytestmark = pytest.mark.soak


def test_a_backtest_runs_by_its_name_alone(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    project = small_project(tmp_path, ["density"], Demo(size=60, trials=10, seed=3))
    params, left = project.root / "params.yaml", project.root / "reports/next/density.backtest.json"
    content = YAML().load(params)
    content["backtests"] = {"small": {"task": "density", "orders": ["nearest", "proposed"], "trials": 10}}
    YAML().dump(content, params)
    project.simworth("run", "--tasks", "small")
    said = capfd.readouterr().out
    assert "density: nearest " in said and "stay as they are" in said and "density: proposed " in said
    first = Backtest.read(left)
    assert [order.order for order in first.orders] == ["nearest", "proposed"] and first.trials == 10
    assert not (project.root / "results/trials/density.parquet").exists()
    assert not (project.root / "reports/index.html").exists()
    project.simworth("run", "--tasks", "small")
    assert "nothing to do" in capfd.readouterr().out and Backtest.read(left).orders == first.orders
