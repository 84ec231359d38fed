"""One run at a time per workspace."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from simworth.errors import SimworthError
from simworth.logs import event


@contextlib.contextmanager
def one_run(folder: Path) -> Iterator[None]:
    """Hold the lock in `folder` (one that no tool tracks); SimworthError names who holds it."""
    folder.mkdir(parents=True, exist_ok=True)
    lock, holder = FileLock(folder / "run.lock"), folder / "run.holder"
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise SimworthError(
            f"workspace {Path.cwd()}: one run at a time, and {_named(holder)} is at work; wait for it to end, or end it"
        ) from None
    except NotImplementedError:  # a file system without locks: DVC's own then keeps two runs apart
        event("no lock: the file system has none", folder=str(folder))
    try:
        started = datetime.now().astimezone().strftime("%Y-%m-%d %H:%M")
        holder.write_text(f"process {os.getpid()} on {socket.gethostname()}, since {started}", encoding="utf-8")
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


def _named(holder: Path) -> str:
    try:
        return holder.read_text(encoding="utf-8").strip() or "another process"
    except OSError:
        return "another process"
