"""A new project: settings, pipeline and catalogue as the installed package brings them.

Such a project holds no source code. Its stages depend on `code.yaml` instead, which holds a digest of the code of each
stage, so that an upgrade of the package reruns the stages whose code has changed, and no others.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from ruamel.yaml import YAML

from simworth.config import settings_from
from simworth.data.dvc_project import begin_project
from simworth.errors import SimworthError, did_you_mean
from simworth.files import write_whole
from simworth.git import git
from simworth.valuation.backtest import NEXT, README
from simworth.yaml_files import yaml_text

CODE: Final = "code.yaml"
_PACKAGE: Final = Path(__file__).parents[1]
_BROUGHT: Final = Path(__file__).with_name("project")
"""params.yaml, pipeline.yaml, catalogue/ and raw/: in a checkout links to the files of the repository"""
_SOURCES: Final = "src/simworth/"
_IGNORED: Final = (
    ".venv/\n.simworth/\n.demo/\nmlflow.db*\nmlartifacts/\nmlruns/\nsimworth.local.yaml\nbuild/\ndvc_plots/\n"
)


def new_project(folder: Path, tasks: Sequence[str] | None = None) -> None:
    """Make a project in `folder`, under git and DVC, its files staged for a first commit.

    tasks: those of the open releases to begin with, None for all; the catalogue knows
    databases that none of them reads, too: `simworth release select` takes them.
    SimworthError where `folder` holds something already, or a task is unknown.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise SimworthError(f"new: {folder} holds something already; name a folder that is empty or not there yet")
    params = _params(tasks)
    shutil.copytree(_BROUGHT / "catalogue", folder / "data" / "catalogue")
    for name in params["databases"]:
        write_whole(folder / "data" / "raw" / f"{name}.dvc", (_BROUGHT / "raw" / f"{name}.yaml").read_bytes())
    write_whole(folder / "data" / "raw" / ".gitignore", "".join(f"/{name}\n" for name in params["databases"]).encode())
    write_whole(folder / "params.yaml", yaml_text(params).encode())
    write_whole(folder / "dvc.yaml", yaml_text(_without_sources(_pipeline())).encode())
    write_whole(folder / ".gitignore", _IGNORED.encode())
    write_whole(folder / NEXT / "README.md", README.encode())
    refresh_code(folder, first=True)
    _initialise(folder)


def refresh_code(folder: Path, first: bool = False) -> None:
    """Bring the digests of a project without sources up to date; other projects are left alone."""
    path = folder / CODE
    if not first and not path.is_file():
        return
    text = yaml_text({name: _digest(stage) for name, stage in _stages(_pipeline()).items() if _code(stage)})
    if first or path.read_text(encoding="utf-8") != text:
        write_whole(path, text.encode())


def _params(tasks: Sequence[str] | None) -> Any:
    """The repository's params.yaml, with the wanted tasks and the databases that they read."""
    params = YAML().load((_BROUGHT / "params.yaml").read_text(encoding="utf-8"))
    known = params["tasks"]
    wanted = set(known if tasks is None else tasks)
    for name in wanted - set(known):
        raise SimworthError(f"new: no task {name!r}{did_you_mean(name, known)}")
    wanted |= {known[name]["like"] for name in wanted if known[name].get("like")}
    read = {known[name][side]["database"] for name in wanted for side in ("source", "target")}
    for section, kept in (("tasks", wanted), ("databases", read)):
        for name in [name for name in params[section] if name not in kept]:
            del params[section][name]
    for name in [name for name, one in params.get("backtests", {}).items() if one["task"] not in wanted]:
        del params["backtests"][name]
    if not params.get("backtests", True):
        del params["backtests"]
    settings_from(params, "params.yaml")
    return params


def _pipeline() -> Any:
    return YAML().load((_BROUGHT / "pipeline.yaml").read_text(encoding="utf-8"))


def _stages(pipeline: Any) -> dict[str, Any]:
    """Name -> stage, of a `foreach` what it does for each."""
    return {name: stage.get("do", stage) for name, stage in pipeline["stages"].items()}


def _code(stage: Any) -> list[str]:
    """Files and folders of the package that a stage depends on."""
    return [one for one in stage.get("deps", ()) if one.startswith(_SOURCES)]


def _without_sources(pipeline: Any) -> Any:
    """The same pipeline, each stage depending on its digest in code.yaml instead of on sources."""
    for name, stage in _stages(pipeline).items():
        if code := _code(stage):
            for one in code:
                stage["deps"].remove(one)
            if not stage["deps"]:
                del stage["deps"]
            stage.setdefault("params", []).append({CODE: [name]})
    return pipeline


def _digest(stage: Any) -> str:
    """MD5 of names and contents of the code that a stage depends on."""
    found = hashlib.md5(usedforsecurity=False)
    for one in sorted(_code(stage)):
        place = _PACKAGE / one.removeprefix(_SOURCES)
        for path in [place] if place.is_file() else sorted(place.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                found.update(f"{path.relative_to(_PACKAGE).as_posix()}\n".encode() + path.read_bytes())
    return found.hexdigest()


def _initialise(folder: Path) -> None:
    """A repository of git's unless one is around the folder, a project of DVC's, and all files staged."""
    inside = git("rev-parse", "--is-inside-work-tree", folder=folder) == "true"
    if not inside and git("init", "--quiet", folder=folder) is None:
        raise SimworthError("new: `git init` failed; install git, and run the same command again in an empty folder")
    begin_project(folder, "subdir" if inside else "", analytics="false", check_update="false", autostage="false")
    git("add", "--all", ".", folder=folder)
