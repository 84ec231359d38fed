"""A demo from first to last, as a user runs it; the project that it is run in is left as it was."""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from simworth.demo.tables import COMPOSITIONS
from simworth.valuation.records import Valuation, Valued

ROOT = Path(__file__).parents[2]
SMALL = {"chi": 200, "electrical_conductivity": COMPOSITIONS}
"""task -> largest n of a small demo: fine-tuning on compositions, multitask on pairs with a surface"""
WIDE = {**SMALL, "density": 200}
"""beside them a task of polymers; the others are alike"""


def project(folder: Path, tasks: dict[str, int], hidden: list[int] | None) -> Path:
    """The repository's pipeline, settings and reports, with some of its tasks; `hidden` makes their networks narrow."""
    for name in ("dvc.yaml", "dvc.lock", "params.yaml", "reports", "data/catalogue"):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy2
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        copy(ROOT / name, folder / name)
    yaml, path = YAML(), folder / "params.yaml"
    content = yaml.load(path)
    content["tasks"] = {name: task for name, task in content["tasks"].items() if name in tasks}
    for task in content["tasks"].values():
        task["training"].update({"hidden": hidden} if hidden else {})
    yaml.dump(content, path)
    return folder


def state(folder: Path) -> dict[str, str]:
    """Hashes of what a demo must not touch."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def demo(root: Path, folder: Path, store: Path, wide: bool) -> subprocess.CompletedProcess[str]:
    """`simworth demo` in a project, its output captured; its pool as wide as a user's, or one process."""
    words = ["demo", "--folder", str(folder), "--size", "200", "--trials", "2", "--seed", "5"]
    environment = {**os.environ, "SIMWORTH_STORE": str(store), "MLFLOW_TRACKING_URI": "http://localhost:1"}
    if wide:
        environment.pop("SIMWORTH_WORKERS", None)
    return subprocess.run(
        [sys.executable, "-m", "simworth", *words],
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("tasks", "hidden"),
    [
        pytest.param(SMALL, [16], id="small", marks=pytest.mark.demo),
        pytest.param(WIDE, None, id="as wide as the study's", marks=pytest.mark.soak),
    ],
)
def test_the_whole_demo(tasks: dict[str, int], hidden: list[int] | None, tmp_path: Path, own_store: Path) -> None:
    root, folder = project(tmp_path / "project", tasks, hidden), tmp_path / "demo"
    before = state(root)
    wide = hidden is None
    first = demo(root, folder, own_store, wide)
    assert first.returncode == 0, first.stdout[-2000:] + first.stderr[-2000:]
    assert "Traceback" not in first.stderr

    valuation = Valuation.read(folder / "reports" / "valuation.json")
    for task, n_max in tasks.items():
        entry = valuation.tasks[task]
        assert isinstance(entry, Valued)
        assert entry.n_max == n_max
        assert task in first.stdout
    assert "<html" in (folder / "reports" / "index.html").read_text(encoding="utf-8")[:2000]
    assert first.stdout.splitlines()[-1].startswith("made up")

    runs = run_count(folder / "mlflow.db")
    assert runs > len(tasks) * 2 * 7  # a run per trial, at least

    second = demo(root, folder, own_store, wide)
    assert second.returncode == 0
    assert "nothing to do" in second.stdout, second.stdout[-3000:]
    assert run_count(folder / "mlflow.db") == runs

    assert state(root) == before


def run_count(store: Path) -> int:
    """Runs in an MLflow store."""
    with sqlite3.connect(store) as connection:
        return int(connection.execute("select count(*) from runs").fetchone()[0])
