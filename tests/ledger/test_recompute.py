"""An entry with a surface and classes is refitted from what its revision kept, not from clean tables."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from fake_grids import planted_grid, write_clean
from fake_tables import Planted, planted

from conftest import fit
from simworth.identity import valuation_digest
from simworth.ledger.chain import Entry
from simworth.ledger.recompute import refitted

PLAN = Planted(points=5, trials=6)


class Kept:
    """Stands for a revision whose files lie in a folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def table(self, path: str) -> pd.DataFrame:
        return pd.read_parquet(self.root / path)

    def content(self, path: str) -> bytes:
        return (self.root / path).read_bytes()


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Density with a grid and classes, fitted."""
    folder = tmp_path_factory.mktemp("project")
    results = folder / "results"
    planted(PLAN).write(results)
    planted_grid(PLAN).write(results, "density")
    clean = write_clean(folder)
    more = {
        "--surface": results / "surfaces/density.parquet",
        "--surface-predictions": results / "surface_predictions/density.parquet",
        "--source": clean["radonpy"],
        "--target": clean["polyinfo"],
        "--classes": results / "classes/density.parquet",
    }
    fit(results, "density", more)
    return folder


def entry(folder: Path) -> Entry:
    record = json.loads((folder / "results/fits/density.json").read_text())
    trials, predictions = (pd.read_parquet(folder / f"results/{p}/density.parquet") for p in ("trials", "predictions"))
    content: dict[str, Any] = {
        "seq": 1,
        "task": "density",
        "digest": valuation_digest(trials, predictions, record),
        "settings": {"level": 0.9},
        "valuation": {key: value for key, value in record["entry"].items() if key != "releases"},
        "frozen": record["frozen"],
    }
    return Entry("0001-density-x.json", content)


def test_refit_of_surface_and_classes_is_equal(project: Path) -> None:
    held = entry(project)
    assert held.content["valuation"]["surface"] and held.content["valuation"]["classes"]
    finding = refitted(held, Kept(project))  # type: ignore[arg-type]
    assert finding.ok and "equal" in finding.text


def test_a_changed_class_is_named(project: Path) -> None:
    held = entry(project)
    held.content["valuation"]["classes"]["PSTR"]["mae_at_n_max"] *= 1.5
    finding = refitted(held, Kept(project))  # type: ignore[arg-type]
    assert finding.ok is False and "classes/PSTR/mae_at_n_max" in finding.text
