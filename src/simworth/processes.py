"""How many processes may work at once: a property of the machine, never a tracked parameter."""

from __future__ import annotations

import os

from simworth.errors import SimworthError


def worker_count() -> int:
    """`SIMWORTH_WORKERS`, else the cores that this process may use."""
    named = os.environ.get("SIMWORTH_WORKERS", "")
    if not named:
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if not named.isdecimal() or not int(named):
        raise SimworthError(f"SIMWORTH_WORKERS: must be a number of processes, 1 or more, got {named!r}")
    return int(named)
