"""How long a work unit took, kept beside its file: no table holds a time, since tables must be the same to the byte."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from simworth.files import write_whole


def note_seconds(paths: Sequence[Path], seconds: float) -> None:
    """Units that were trained together took equal parts of the time."""
    for path in paths:
        write_whole(path.with_suffix(".seconds"), f"{seconds / len(paths):.6g}\n".encode())


def read_seconds(path: Path) -> float | None:
    """Seconds of the unit kept at `path`; None where they are not known."""
    try:
        return float(path.with_suffix(".seconds").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
