"""Where a project keeps what releases are read from and written into."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from simworth.config import Settings, load_settings
from simworth.data.catalogue import Release, select
from simworth.data.dvc_project import project_of
from simworth.locks import one_at_a_time
from simworth.terminal import say

_P = ParamSpec("_P")
_T = TypeVar("_T")


@dataclass(frozen=True)
class Project:
    """Settings, catalogue, snapshots and pipeline; by default those of the working folder."""

    params: Path = Path("params.yaml")
    catalogues: Path = Path("data/catalogue")
    """a folder a database, a file a release"""
    raw: Path = Path("data/raw")
    """a folder a database, its snapshot"""
    pipeline: Path = Path("dvc.yaml")

    @classmethod
    def at(cls, root: Path) -> Project:
        """That in a folder."""
        usual = cls()
        return cls(root / usual.params, root / usual.catalogues, root / usual.raw, root / usual.pipeline)

    def settings(self) -> Settings:
        """As params.yaml has them now."""
        return load_settings(self.params)

    def selected(self, database: str) -> Mapping[str, Release]:
        """The selected releases of a database in order of precedence; SimworthError where params.yaml or the catalogue
        lacks one."""
        return select(self.settings(), database, self.catalogues / database).releases


def alone(change: Callable[Concatenate[Project, _P], _T]) -> Callable[Concatenate[Project, _P], _T]:
    """Let one process at a time change the releases of a project; another one waits, and says so."""

    @wraps(change)
    def run(project: Project, /, *options: _P.args, **named: _P.kwargs) -> _T:
        if (root := project_of(project.pipeline.parent)) is None:
            return change(project, *options, **named)
        with one_at_a_time(
            root / ".dvc/tmp/data", lambda holder: say(f"{holder} changes releases here; waiting for it")
        ):
            return change(project, *options, **named)

    return run
