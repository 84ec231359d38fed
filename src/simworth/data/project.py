"""Where a project keeps what releases are read from and written into."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from simworth.config import Settings, load_settings
from simworth.data.catalogue import Release, select


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
