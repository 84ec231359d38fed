"""A small project on disk: settings, catalogues and snapshots made from the samples, tracked by git and DVC."""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from dvc.config import Config
from ruamel.yaml import YAML

from simworth.cli import main
from simworth.digests import file_sha256
from tests.data.samples import openpoly, pi1070, polyinfo

PARAMS = """\
seed: 1  # a comment that must survive
databases:
  radonpy:
    releases: [first]   # simulated
    redistribute: true
  polyinfo:
    releases: [open]
    redistribute: true
properties:
  density: {unit: g/cm^3, range: [0.3, 3.0]}
  refractive_index: {unit: "", range: [1.2, 2.2]}
  heat_capacity: {unit: J/(kg K), range: [300.0, 8000.0]}
  thermal_conductivity: {unit: W/(m K), range: [0.05, 1.0]}
tasks: {}
"""
PIPELINE = """\
# a comment that must survive
stages:
  select:
    foreach: ${databases}
    do:
      cmd: simworth release selected ${key} --catalogue data/catalogue/${key} --out data/selected/${key}.json
      deps:
        - data/catalogue/${key}
      params:
        - databases.${key}
      outs:
        - data/selected/${key}.json
  ingest:
    foreach: ${databases}
    do:
      cmd: >-
        simworth ingest ${key} --raw data/raw/${key} --selected data/selected/${key}.json
        --pipeline dvc.yaml --clean data/clean/${key}.parquet --quality data/quality/${key}.json
      deps:
        - data/raw/${key}
        - data/selected/${key}.json
      params:
        - databases.${key}
        - properties
      outs:
        - data/clean/${key}.parquet
        - data/quality/${key}.json
"""


@dataclass(frozen=True)
class Project:
    root: Path
    mirror: Path

    @property
    def raw(self) -> Path:
        return self.root / "data" / "raw"

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A command in the project, for its effects."""
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
        told = {**os.environ, "PATH": path}
        return subprocess.run(arguments, cwd=self.root, env=told, check=True, capture_output=True, text=True)

    def dvc(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.run(sys.executable, "-m", "dvc", *arguments)

    def remote(self, name: str, url: Path | str, default: bool = False) -> None:
        """`dvc remote add`, over one of that name, without the start of a process."""
        with Config(dvc_dir=str(self.root / ".dvc")).edit("repo") as settings:
            settings["remote"][name] = {"url": str(url)}
            if default:
                settings["core"]["remote"] = name

    def ingest(self, database: str) -> int:
        """Select and ingest as dvc.yaml does; exit code of the first that fails."""
        selected = f"data/selected/{database}.json"
        code = main(["release", "selected", database, "--catalogue", f"data/catalogue/{database}", "--out", selected])
        words = f"ingest {database} --raw data/raw/{database} --selected {selected} "
        words += f"--clean data/clean/{database}.parquet --quality data/quality/{database}.json"
        return code or main(words.split())

    def read(self, path: str) -> str:
        return (self.root / path).read_text()

    def files(self, folder: str) -> list[str]:
        """Names in a folder."""
        return sorted(path.name for path in (self.root / folder).iterdir())

    def yaml(self, path: str) -> dict:
        return YAML(typ="safe").load(self.read(path))


def make_project(root: Path) -> Project:
    """Settings, pipeline, catalogues; the releases' files lie in a mirror, none in the project."""
    project = Project(root / "project", root / "mirror")
    project.raw.mkdir(parents=True)
    (project.root / "params.yaml").write_text(PARAMS)
    (project.root / "dvc.yaml").write_text(PIPELINE)
    samples = {
        "radonpy": ("first", "PI1070", pi1070(project.mirror / "radonpy").paths),
        "polyinfo": ("open", "openpoly", openpoly(project.mirror / "polyinfo").paths),
    }
    for database, (name, reader, paths) in samples.items():
        files = [
            {
                "name": path.name,
                "sha256": file_sha256(path),
                "bytes": path.stat().st_size,
                "mirror": f"{database}/{path.name}",
            }
            for path in paths
        ]
        folder = project.root / "data" / "catalogue" / database
        folder.mkdir(parents=True)
        release = {"reader": reader, "files": files, "licence": "MIT", "redistribute": True}
        with (folder / f"{name}.yaml").open("w") as file:
            YAML().dump(release, file)
    return project


@cache
def _template() -> Path:
    """The sample project, its snapshots in place, under git and DVC; made once a process and only copied from."""
    root = Path(tempfile.mkdtemp(prefix="simworth-template-"))
    atexit.register(shutil.rmtree, root, ignore_errors=True)
    project = make_project(root)
    project.run("git", "init", "-q")
    project.run("git", "config", "user.email", "a@b.c")
    project.run("git", "config", "user.name", "a")
    project.dvc("init", "-q")
    for database in ("radonpy", "polyinfo"):
        shutil.copytree(project.mirror / database, project.raw / database)
    project.dvc("add", "-q", "data/raw/radonpy", "data/raw/polyinfo")
    return root


def tracked_project(root: Path) -> Project:
    """A project with its snapshots in place, under git and DVC."""
    shutil.copytree(_template(), root, symlinks=True, dirs_exist_ok=True)
    return Project(root / "project", root / "mirror")


def export(folder: Path) -> Path:
    """A user's own measurements."""
    return polyinfo(folder).paths[0]


__all__ = ["Project", "export", "main", "make_project", "tracked_project"]
