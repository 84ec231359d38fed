"""A clone of the repository in which releases are played as a user plays them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from ruamel.yaml import YAML

from simworth.ledger.chain import Entry, read_ledger

ROOT = Path(__file__).parents[2]
TASKS = ("density", "heat_capacity", "thermal_conductivity", "electrical_conductivity")
"""that are played: two that read radonpy, one that waits for measurements, and one that no release touches"""
FASTER = {"trials": 10, "grid": {"points": 5, "n_min": 100}, "surface": None}
EPOCHS = 15
"""most epochs of a model, where the repository's settings say 200"""


@dataclass(frozen=True)
class Project:
    """A project with a store of its own; its own `src` is what runs."""

    root: Path
    mirror: Path
    store: Path
    """of descriptors and work units, shared with its copies"""

    @property
    def environment(self) -> dict[str, str]:
        """As a shell's with the environment activated; nothing of the outer project is seen."""
        here = str(Path(sys.executable).parent)
        own = {
            "PATH": os.pathsep.join([here, os.environ.get("PATH", os.defpath)]),
            "PYTHONPATH": str(self.root / "src"),
            "SIMWORTH_STORE": str(self.store),
            "SIMWORTH_MIRROR": str(self.mirror),
            "DVC_NO_ANALYTICS": "1",
            "DVC_SITE_CACHE_DIR": str(self.root.parent / "dvc-site"),
            "COLUMNS": "200",
        }
        inherited = {name: value for name, value in os.environ.items() if name != "SIMWORTH_WORKERS"}
        return {**inherited, **own}

    def run(self, *command: str, code: int = 0) -> str:
        """Output of a command that must end with this code, and never with a traceback."""
        done = subprocess.run(command, cwd=self.root, env=self.environment, capture_output=True, text=True, check=False)
        said = done.stdout + done.stderr
        assert done.returncode == code, f"{' '.join(command)} ended with {done.returncode}\n{said[-4000:]}"
        assert "Traceback" not in said, said[-4000:]
        return done.stdout

    def simworth(self, *arguments: str, code: int = 0) -> str:
        return self.run(sys.executable, "-m", "simworth", *arguments, code=code)

    def dvc(self, *arguments: str) -> str:
        return self.run(sys.executable, "-m", "dvc", *arguments)

    def git(self, *arguments: str) -> str:
        return self.run("git", *arguments)

    def release(self, table: pd.DataFrame, name: str) -> str:
        """Add a table as a release of radonpy, run the pipeline, commit, tag; returns what `dvc repro` said."""
        file = self.root.parent / f"PI1070-{name}.csv"
        table.to_csv(file, index=False)
        self.simworth("release", "add", "radonpy", str(file), "--name", name, "--redistribute")
        said = self.dvc("repro")
        self.git("add", "-A")
        self.git("commit", "-qm", f"radonpy {name}")
        self.git("tag", name)
        return said

    def entries(self, task: str = "") -> list[Entry]:
        """Of the ledger, or of one task."""
        held = read_ledger(self.root / "reports/ledger")
        return [entry for entry in held if not task or entry.task == task]

    def valuation(self) -> dict[str, Any]:
        """Task -> its entry of valuation.json."""
        text = (self.root / "reports/valuation.json").read_text(encoding="utf-8")
        tasks: dict[str, Any] = json.loads(text)["tasks"]
        return tasks

    def copy(self, place: Path) -> Project:
        """The same project elsewhere, to be tampered with."""
        shutil.copytree(self.root, place, symlinks=True)
        return Project(place, self.mirror, self.store)


def cloned(place: Path, mirror: Path) -> Project:
    """The last commit without its history, with settings that train faster, and the releases it selects."""
    subprocess.run(["git", "clone", "-q", "--no-hardlinks", str(ROOT), str(place)], check=True, capture_output=True)
    project = Project(place, mirror, place.with_name("store"))
    _forget(place)
    project.git("init", "-q")
    for name, value in (("user.name", "Someone"), ("user.email", "a@b.c"), ("commit.gpgsign", "false")):
        project.git("config", name, value)
    _train_faster(place / "params.yaml")
    project.git("add", "-A")
    project.git("commit", "-qm", "a project of its own")
    project.simworth("release", "fetch")
    return project


def _forget(place: Path) -> None:
    """Take away what the repository's own valuations left: commits, ledger, lock, report."""
    shutil.rmtree(place / ".git")
    for path in [place / "dvc.lock", *(place / "reports").rglob("*.json")]:
        path.unlink(missing_ok=True)


def _train_faster(params: Path) -> None:
    yaml = YAML()
    content = yaml.load(params.read_text(encoding="utf-8"))
    content["tasks"] = {name: content["tasks"][name] for name in TASKS}
    read = {task[side]["database"] for task in content["tasks"].values() for side in ("source", "target")}
    for name in [name for name in content["databases"] if name not in read]:
        del content["databases"][name]
    content.pop("backtests", None)
    for task in content["tasks"].values():
        task.update(FASTER)
        task.setdefault("training", {})["max_epochs"] = EPOCHS
    with params.open("w", encoding="utf-8") as file:
        yaml.dump(content, file)
