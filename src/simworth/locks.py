"""A lock between processes that records its holder."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from simworth.errors import SimworthError
from simworth.logs import event


@contextlib.contextmanager
def one_at_a_time(path: Path, taken: Callable[[str], object], seconds: float = -1) -> Iterator[bool]:
    """Hold `path`.lock, in a folder that no tool tracks.

    Where another process holds it, `taken` is told which one; unless it raises, this one then waits, for so many
    seconds at most (negative: as long as it takes), and SimworthError names the holder. A file system without locks
    is noted in the log, and the block runs unprotected. Yields whether it is protected.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    lock, holder = FileLock(path.with_suffix(".lock")), path.with_suffix(".holder")
    try:
        _acquire(lock, holder, taken, seconds)
    except NotImplementedError:
        event("no lock: the file system has none", folder=str(path.parent))
        yield False
        return
    try:
        since = datetime.now().astimezone().strftime("%Y-%m-%d %H:%M")
        holder.write_text(f"process {os.getpid()} on {socket.gethostname()}, since {since}", encoding="utf-8")
        yield True
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


def _acquire(lock: FileLock, holder: Path, taken: Callable[[str], object], seconds: float) -> None:
    try:
        lock.acquire(timeout=0)
    except Timeout:
        taken(_named(holder))
        try:
            lock.acquire(timeout=seconds)
        except Timeout:
            raise SimworthError(
                f"{lock.lock_file}: {_named(holder)} has been at work for {seconds:.0f} s; try again when it is done"
            ) from None


def _named(holder: Path) -> str:
    try:
        return holder.read_text(encoding="utf-8").strip() or "another process"
    except OSError:
        return "another process"
