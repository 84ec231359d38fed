"""The demo's workspace, and the whole pipeline run in it; the repository stays as it is."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from io import StringIO
from pathlib import Path
from typing import Any, Final

from ruamel.yaml import YAML

import simworth
from simworth.config import settings_from
from simworth.data.dvc_project import begin_project
from simworth.data.private import direct_outputs
from simworth.data.project import Project
from simworth.demo.hidden import World
from simworth.demo.tables import DATABASES, SERVED, made_up
from simworth.environment import store_root
from simworth.errors import SimworthError
from simworth.files import write_whole
from simworth.pipeline.new import CODE, refresh_code
from simworth.pipeline.repro import Say
from simworth.pipeline.run import Publish, run
from simworth.valuation.backtest import NEXT, README
from simworth.yaml_files import yaml_text

_MARK: Final = "demo.json"
"""what was asked for; a folder without it is not a demo's"""
_GRID: Final = {"points": 6, "n_min": 30}
"""of every task: more than a decade of n from few polymers"""
_MAX_EPOCHS: Final = 45
"""of every training: early stopping comes before, save at the slow rate at which compositions are fine-tuned"""
_SURFACE_POINTS: Final = 3
"""numbers of measured materials, where a task has a surface"""


@dataclass(frozen=True)
class Demo:
    """What a demo is made of."""

    size: int = 800
    """simulated polymers"""
    bias: float = 0.3
    """0: simulations measure the property itself; 1: they know nothing of it"""
    trials: int = 10
    seed: int = 0


def make_workspace(demo: Demo, project: Path, folder: Path, fresh: bool = False) -> None:
    """Lay out `folder`: settings, pipeline, sources and made-up releases; what is right already is left alone.

    Raises SimworthError where `folder` holds something else, or `project` is not SimWorth's.
    """
    pipeline, params = project / "dvc.yaml", project / "params.yaml"
    for path in (pipeline, params):
        if not path.is_file():
            raise SimworthError(f"demo: {path} is missing; run it in the project's root")
    _claim(folder, fresh)
    _write(folder / _MARK, (json.dumps(asdict(demo)) + "\n").encode())
    _write(folder / "dvc.yaml", pipeline.read_bytes())
    _write(folder / "params.yaml", demo_params(params.read_text(encoding="utf-8"), demo).encode())
    if (project / CODE).is_file():
        refresh_code(folder, first=True)
    else:  # stages depend on the sources: a change of code reruns the demo, too
        sources = folder / "src" / "simworth"
        shutil.rmtree(sources, ignore_errors=True)
        unwanted = shutil.ignore_patterns("__pycache__")
        shutil.copytree(Path(simworth.__file__).parent, sources, ignore=unwanted, ignore_dangling_symlinks=True)
    _write(folder / NEXT / "README.md", README.encode())
    _make_up(demo, folder)
    if not (folder / ".dvc").is_dir():
        begin_project(folder, "no_scm", analytics="false")
    direct_outputs(Project.at(folder))


def demo_params(text: str, demo: Demo) -> str:
    """The repository's params.yaml for made-up databases: the tasks they can serve, the demo's trials and seed."""
    yaml = YAML()
    params = yaml.load(text)
    settings_from(params, "params.yaml")
    for name in [name for name in params["databases"] if name not in DATABASES]:
        del params["databases"][name]
    for name in [name for name, task in params["tasks"].items() if task.get("like") or not _serves(task)]:
        del params["tasks"][name]
    if not params["tasks"]:
        raise SimworthError(
            "demo: no task of params.yaml reads databases that can be made up, for a property that can: "
            f"{', '.join(sorted(set().union(*SERVED.values())))}"
        )
    for name, database in params["databases"].items():
        database["releases"], database["redistribute"] = list(DATABASES[name]), True
    for task in params["tasks"].values():
        task["trials"], task["grid"] = demo.trials, dict(_GRID)
        task.setdefault("training", {})["max_epochs"] = _MAX_EPOCHS
        task["training"].pop("annealing", None)
        if task.get("surface"):
            task["surface"]["points"] = _SURFACE_POINTS
        if task.get("learning") == "multitask":
            task.pop("surface", None)  # each number of measured pairs would be trained from the start
    params["seed"] = demo.seed
    out = StringIO()
    yaml.dump(params, out)
    return out.getvalue()


def _serves(task: Any) -> bool:
    sides = (task["source"], task["target"])
    properties = {side.get("property") or task["property"] for side in sides}
    source, target = (side["database"] for side in sides)
    return properties <= SERVED.get((source, target), frozenset())


def _claim(folder: Path, fresh: bool) -> None:
    if folder.exists() and not (folder / _MARK).is_file() and (not folder.is_dir() or any(folder.iterdir())):
        raise SimworthError(f"demo: {folder} holds something else; name a new folder with --folder")
    if fresh and folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)


def _make_up(demo: Demo, folder: Path) -> None:
    """Write the file of each release, and its entry in the catalogue."""
    for one in made_up(World(demo.seed), demo.size, demo.bias):
        content = one.table.to_csv(index=False, lineterminator="\n").encode()
        _write(folder / "data" / "raw" / one.database / one.file, content)
        entry = {
            "reader": one.reader,
            "citation": "made up by simworth demo",
            "files": [{"name": one.file, "sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}],
        }
        _write(folder / "data" / "catalogue" / one.database / f"{one.release}.yaml", yaml_text(entry).encode())


def _write(path: Path, content: bytes) -> None:
    if not path.is_file() or path.read_bytes() != content:
        write_whole(path, content)


FOLDER: Final = Path(".demo")


def run_demo(demo: Demo, publish: Publish, say: Say, warn: Say, folder: Path = FOLDER, fresh: bool = False) -> None:
    """Make the workspace `folder` and run everything in it.

    Descriptors and shards are shared with the repository through the store; nothing else is.
    """
    make_workspace(demo, Path.cwd(), folder, fresh)
    say(f"demo: {demo.size} made-up polymers simulated with bias {demo.bias:g}, {demo.trials} trials, in {folder}/")
    with _inside(folder):
        run((), publish, say, warn)


@contextlib.contextmanager
def _inside(folder: Path) -> Iterator[None]:
    """Work in `folder` with its own MLflow store, whatever server the user has."""
    before = dict(os.environ)
    os.environ["SIMWORTH_STORE"] = str(store_root())
    os.environ.pop("MLFLOW_TRACKING_URI", None)
    os.environ.pop("DVC_ROOT", None)
    try:
        with contextlib.chdir(folder):
            yield
    finally:
        os.environ.clear()
        os.environ.update(before)
