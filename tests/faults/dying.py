"""Work that goes wrong where it is told to; found by name in worker processes."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import numpy as np

from simworth.sweep import run
from simworth.sweep.shards import Shard

PLACE = "SIMWORTH_TEST_FOLDER"
real = run._work


def once_killed(shards: list[Shard]) -> run.Worked:
    """Kills its process in the middle of the sweep, the first time."""
    mark = Path(os.environ[PLACE]) / "killed"
    if shards[0].n == 40 and not mark.exists():
        mark.write_text(str(os.getpid()))
        os.kill(os.getpid(), signal.SIGKILL)
    return real(shards)


def always_killed(shards: list[Shard]) -> run.Worked:
    """Kills its process at one n, every time."""
    if shards[0].n == 40:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(shards)


def without_memory(shards: list[Shard]) -> run.Worked:
    """Asks for more memory than there is, at one n."""
    if shards[0].n == 40:
        with (Path(os.environ[PLACE]) / "tries").open("a") as file:
            file.write("x")
        np.ones(10**15)
    return real(shards)
