"""Work that tells about its worker, and loads nothing."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

from distributed import get_worker

from simworth.errors import SimworthError


def ready(folder: str, weight: Any) -> None:
    """Notes each time that a worker is made ready."""
    with (Path(folder) / f"ready-{os.getpid()}").open("a") as file:
        file.write("x")


def which(piece: int) -> tuple[int, int, dict[str, str | None]]:
    """Process, its threads for pieces, and what pins the threads of numerical libraries."""
    pins = {name: os.environ.get(name) for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")}
    return os.getpid(), get_worker().state.nthreads, pins


def slow(piece: int) -> int:
    """Leaves time for something to happen."""
    time.sleep(0.3)
    return piece


class Counted:
    """Counts how often it is packed for sending."""

    packed = 0

    def __reduce__(self) -> tuple[Any, ...]:
        Counted.packed += 1
        return Counted, ()


def other_versions() -> None:
    """What a worker says whose libraries would give other numbers."""
    raise SimworthError("worker: its torch is of another version")
