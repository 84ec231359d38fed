"""Work that goes wrong where it is told to; found by name in worker processes."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np

from simworth.sweep import run
from simworth.sweep.units import Unit

PLACE = "SIMWORTH_TEST_FOLDER"
real = run._work


def once_killed(units: list[Unit]) -> run.Worked:
    """Kills its process in the middle of the sweep, the first time."""
    mark = Path(os.environ[PLACE]) / "killed"
    if units[0].n == 40 and not mark.exists():
        mark.write_text(str(os.getpid()))
        os.kill(os.getpid(), signal.SIGKILL)
    return real(units)


def without_memory(units: list[Unit]) -> run.Worked:
    """Asks for more memory than there is, at one n."""
    if units[0].n == 40:
        with (Path(os.environ[PLACE]) / "tries").open("a") as file:
            file.write("x")
        np.ones(10**15)
    return real(units)


def ready(folder: str, weight: Any) -> None:
    """A worker that notes each time it is made ready."""
    os.environ[PLACE] = folder
    with (Path(folder) / f"ready-{os.getpid()}").open("a") as file:
        file.write("x")


def which(piece: int) -> tuple[int, int, dict[str, str | None]]:
    """Process, threads of Python's that compute pieces, and what pins the numerical libraries' threads."""
    pieces = [thread for thread in threading.enumerate() if thread.name.startswith("Dask-Default")]
    return os.getpid(), len(pieces), {name: os.environ.get(name) for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS")}


def slow(piece: int) -> int:
    """Leaves time for something to happen."""
    time.sleep(0.3)
    return piece


class Counted:
    """A weight that counts how often it is packed for sending."""

    packed = 0

    def __reduce__(self) -> tuple[Any, ...]:
        Counted.packed += 1
        return Counted, ()
