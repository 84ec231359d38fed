"""The project's own tasks, for lines that need real data."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from simworth.config import Settings, load_settings
from simworth.errors import SimworthError
from simworth.sweep.dataset import TaskData, Waiting
from simworth.sweep.stage import read_data


@dataclass(frozen=True)
class Own:
    """Where a project keeps what its sweeps read."""

    params: Path = Path("params.yaml")
    clean: Path = Path("data/clean")
    """folder of clean tables, one a database"""
    features: Path = Path("data/features")
    """folder of descriptor tables, one a task"""

    @property
    def settings(self) -> Settings:
        """Of the project."""
        return load_settings(self.params)

    def data(self, settings: Settings, name: str) -> TaskData | str:
        """The task's arrays, or why there are none."""
        if name not in settings.tasks:
            return f"{self.params} has no task {name!r}"
        task = settings.tasks[name]
        source, target = (self.clean / f"{side.database}.parquet" for side in (task.source, task.target))
        try:
            found = read_data(settings, name, source, target, self.features / f"{name}.parquet")
        except SimworthError as error:
            return str(error)
        return f"{name} is waiting: {found.reason}" if isinstance(found, Waiting) else found
