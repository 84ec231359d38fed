"""The project's own tasks, for lines that need real data."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from simworth.config import Settings, load_settings
from simworth.errors import SimworthError
from simworth.prepare.arrays import TaskData
from simworth.prepare.records import Prepared


@dataclass(frozen=True)
class Own:
    """Where a project keeps what its sweeps read."""

    params: Path = Path("params.yaml")
    prepared: Path = Path("data/prepared")
    """folder of prepared tasks"""

    @property
    def settings(self) -> Settings:
        """Of the project."""
        return load_settings(self.params)

    def data(self, settings: Settings, name: str) -> TaskData | str:
        """The task's arrays, or why there are none."""
        if name not in settings.tasks:
            return f"{self.params} has no task {name!r}"
        try:
            return Prepared.read(self.prepared / name).ready()
        except SimworthError as error:
            return str(error)
