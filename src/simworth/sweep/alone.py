"""One sweep at a time computes a task's units: a second one waits, and then finds them done."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from simworth.logs import event
from simworth.sweep.progress import say


@contextlib.contextmanager
def alone(store: Path, task: str, digest: str) -> Iterator[None]:
    """Hold the lock of the task's units in `store`; waits for whoever holds it, and says so.

    Where the file system of the store knows no locks, two sweeps compute the same units twice: each is written whole,
    and both write the same.
    """
    folder = store / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    lock, holder = FileLock(folder / f"{digest}.lock"), folder / f"{digest}.holder"
    try:
        _acquire(lock, holder, task)
        held = True
    except NotImplementedError:
        event("no lock: the store's file system has none", store=str(store))
        held = False
    try:
        if held:
            holder.write_text(f"process {os.getpid()} on {socket.gethostname()}", encoding="utf-8")
        yield
    finally:
        if held:
            holder.unlink(missing_ok=True)
            lock.release()


def _acquire(lock: FileLock, holder: Path, task: str) -> None:
    try:
        lock.acquire(timeout=0)
    except Timeout:
        with contextlib.suppress(OSError):
            who = holder.read_text(encoding="utf-8").strip()
            say(f"{task}: {who or 'another process'} trains the same; waiting for it, its work units are shared")
            event("waiting for another sweep", holder=who)
        lock.acquire()
        event("the other sweep has ended")
