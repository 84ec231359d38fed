"""One small demo from first to last, as a user runs it; the repository is left as it was."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from simworth.demo.tables import COMPOSITIONS
from simworth.valuation.records import Valuation, Valued

ROOT = Path(__file__).parents[2]


def working_state() -> dict[str, str]:
    """Hashes of what a demo must not touch."""
    places = ["dvc.lock", "params.yaml", "mlflow.db", "reports", "data/raw", "data/clean", "results", "models"]
    files = [path for place in places for path in [ROOT / place, *(ROOT / place).rglob("*")] if path.is_file()]
    return {str(path.relative_to(ROOT)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def demo(folder: Path, store: Path) -> subprocess.CompletedProcess[str]:
    """`simworth demo` in the repository, its output captured."""
    words = ["demo", "--folder", str(folder), "--size", "200", "--trials", "2", "--seed", "5"]
    environment = {**os.environ, "SIMWORTH_STORE": str(store), "MLFLOW_TRACKING_URI": "http://localhost:1"}
    environment.pop("SIMWORTH_WORKERS", None)  # its pool is as wide as a user.s
    return subprocess.run(
        [sys.executable, "-m", "simworth", *words],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.demo
def test_the_whole_demo(tmp_path: Path, own_store: Path) -> None:
    before, folder = working_state(), tmp_path / "demo"
    first = demo(folder, own_store)
    assert first.returncode == 0, first.stdout[-2000:] + first.stderr[-2000:]
    assert "Traceback" not in first.stderr

    valuation = Valuation.read(folder / "reports" / "valuation.json")
    tasks = ("refractive_index", "density", "heat_capacity", "thermal_conductivity", "chi", "electrical_conductivity")
    for task in tasks:  # fine-tuning on polymers and on compositions, multitask learning on pairs
        entry = valuation.tasks[task]
        assert isinstance(entry, Valued)
        assert entry.n_max == (COMPOSITIONS if task == "electrical_conductivity" else 200)
        assert task in first.stdout
    assert "<html" in (folder / "reports" / "index.html").read_text(encoding="utf-8")[:2000]
    assert first.stdout.splitlines()[-1].startswith("made up")

    runs = run_count(folder / "mlflow.db")
    assert runs > 6 * 2 * 7  # a run per trial of six tasks, at least

    second = demo(folder, own_store)
    assert second.returncode == 0
    assert "nothing to do" in second.stdout, second.stdout[-3000:]
    assert run_count(folder / "mlflow.db") == runs

    assert working_state() == before


def run_count(store: Path) -> int:
    """Runs in an MLflow store."""
    with sqlite3.connect(store) as connection:
        return int(connection.execute("select count(*) from runs").fetchone()[0])
