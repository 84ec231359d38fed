"""Where a sweep finds its tables and leaves its own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Paths:
    """What the sweep reads and writes; every path is an argument."""

    task: str
    params: Path
    source: Path
    target: Path
    features: Path
    trials: Path
    predictions: Path
    summary: Path | None = None
