"""The files that `simworth publish` sends, and what stands for their content."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from simworth.digests import digest, file_digest

FORMAT: Final = 3
"""raised when runs get other parameters, metrics or tags, so that finished tasks are looked at again"""


@dataclass(frozen=True)
class Paths:
    """Where the pipeline left its results; every path is an argument."""

    params: Path
    trials: Path
    """folder of <task>.parquet"""
    predictions: Path
    """folder of <task>.parquet"""
    sweeps: Path
    """folder of <task>.json"""
    fits: Path
    """folder of <task>.json"""
    quality: Path
    """folder of <database>.json"""
    models: Path
    """folder of <task>/"""
    surfaces: Path
    """folder of <task>.parquet, trials over n and m; what is missing has not been asked for"""
    ledger: Path
    """folder of the ledger's entries"""

    @property
    def root(self) -> Path:
        """The project's folder, where a bare `mlflow ui` is started."""
        return self.params.resolve().parent

    def summary(self, task: str) -> Path:
        """Summary of a task's sweep; a task without one has not been run."""
        return self.sweeps / f"{task}.json"

    def model(self, task: str) -> Path:
        """Folder of a task's ensemble."""
        return self.models / task


def fingerprint(paths: Paths, task: str, *decisions: object) -> str:
    """Digest of all that is sent for a task and of what decides which of it; it changes where something may be new."""
    files = [
        paths.summary(task),
        paths.trials / f"{task}.parquet",
        paths.predictions / f"{task}.parquet",
        paths.fits / f"{task}.json",
        paths.surfaces / f"{task}.parquet",
        paths.model(task) / "model.json",
        *sorted(paths.quality.glob("*.json")),
    ]
    return digest([FORMAT, [str(one) for one in decisions], [[file.name, file_digest(file)] for file in files]])
