"""A small project made by `simworth demo`, whose stages run in this process with the commands that dvc.yaml gives."""

from __future__ import annotations

import atexit
import contextlib
import shlex
import shutil
import tempfile
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import networkx as nx
from dvc.repo import Repo
from ruamel.yaml import YAML

from simworth.__main__ import main
from simworth.demo.workspace import Demo, make_workspace
from simworth.environment import exported

ROOT: Final = Path(__file__).parents[1]
SMALL: Final = {"hidden": [24, 12], "max_epochs": 6}
"""training of every task: enough to fill the tables, not to learn much"""


@dataclass(frozen=True)
class Project:
    """A project on disk."""

    root: Path

    def settings(self, change: dict[str, Any], task: str) -> None:
        """Change keys of a task in params.yaml, as a user does."""
        path = self.root / "params.yaml"
        yaml = YAML()
        content = yaml.load(path.read_text(encoding="utf-8"))
        content["tasks"][task].update(change)
        with path.open("w", encoding="utf-8") as file:
            yaml.dump(content, file)

    def run(self, *stages: str) -> None:
        """Run these stages and all before them that have not run, in dvc.yaml's order."""
        done = self.root / ".done"
        ran = done.read_text().splitlines() if done.is_file() else []
        for name, command in self._commands(stages):
            if name not in ran:
                self.simworth(*shlex.split(command)[1:])
                ran.append(name)
                done.write_text("\n".join(ran))

    def again(self, *stages: str) -> None:
        """Run these stages alone, whether or not they have run."""
        wanted = dict(self._commands(stages))
        for name in stages:
            self.simworth(*shlex.split(wanted[name])[1:])

    def simworth(self, *arguments: str, code: int = 0) -> None:
        """Run a command of the package in the project."""
        with contextlib.chdir(self.root), exported({"SIMWORTH_STORE": str(self.root.parent / "store")}):
            assert main(list(arguments)) == code, arguments

    def _commands(self, targets: Sequence[str]) -> Iterable[tuple[str, str]]:
        with warnings.catch_warnings(), Repo(str(self.root)) as repo:
            warnings.simplefilter("ignore")  # of DVC's own libraries
            graph = repo.index.graph
            named = {getattr(stage, "name", stage.addressing): stage for stage in graph}
            ordered = [one for target in targets for one in nx.dfs_postorder_nodes(graph, named[target])]
            return list({one.name: str(one.cmd) for one in ordered if one.cmd}.items())


def small_project(folder: Path, tasks: Sequence[str], demo: Demo, **training: Any) -> Project:
    """A demo workspace in `folder` with these tasks alone, their networks small and their grids of five sizes."""
    make_workspace(demo, ROOT, folder / "project")
    project = Project(folder / "project")
    yaml = YAML()
    path = project.root / "params.yaml"
    content = yaml.load(path.read_text(encoding="utf-8"))
    for name in [name for name in content["tasks"] if name not in tasks]:
        del content["tasks"][name]
    for task in content["tasks"].values():
        task["grid"] = {"points": 5, "n_min": 30}
        task["training"].update({**SMALL, **training})
    with path.open("w", encoding="utf-8") as file:
        yaml.dump(content, file)
    return project


@cache
def _fitted() -> Path:
    """Folder of a small project whose task density was swept and fitted; made once a process and only copied from."""
    folder = Path(tempfile.mkdtemp(prefix="simworth-fitted-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    project = small_project(folder, ["density"], Demo(size=60, trials=10, seed=3))
    project.settings({"surface": None}, "density")
    project.run("fit@density")
    return folder


def fitted_project(folder: Path) -> Project:
    """A copy of it and its store below `folder`, free to be changed."""
    shutil.copytree(_fitted(), folder, symlinks=True, dirs_exist_ok=True)
    return Project(folder / "project")
