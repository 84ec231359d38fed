"""Run a function over pieces of work in spawned processes, one thread each; a dead worker costs one piece, not all."""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from simworth.errors import SimworthError
from simworth.logs import event

ATTEMPTS: Final = 2
"""times a piece that fails alone is tried"""
_THREADS: Final = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
DIED: Final = "its worker process died (out of memory, or killed)"


class WorkerDied(Exception):
    """The process that computed a piece ended before it answered."""


Piece = tuple[int, Any]
"""place in the work handed in, content"""


@dataclass(frozen=True)
class Job:
    """What is done to every piece."""

    function: Callable[[Any], Any]
    """piece -> value; found by name in the worker, so of a module"""
    setup: Callable[..., None]
    """run once in every process before its first piece"""
    given: tuple[Any, ...]
    """arguments of `setup`, sent once per process"""

    def pool(self, count: int) -> ProcessPoolExecutor:
        """`count` fresh processes; spawned, since a fork after torch's threads can deadlock."""
        pin_threads()
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(count, mp_context=context, initializer=_begin, initargs=(self.setup, self.given))


def pin_threads() -> None:
    """Processes started from now on compute with one thread each, unless the user said otherwise."""
    for name in _THREADS:
        os.environ.setdefault(name, "1")


def _begin(setup: Callable[..., None], given: tuple[Any, ...]) -> None:
    """First act of a worker: end when the sweep ends, however that came about; then make ready."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    setup(*given)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


@dataclass(frozen=True)
class Done:
    """One piece of work that ended."""

    index: int
    """its place in the work handed in"""
    value: Any
    """what the function returned, None where it failed"""
    error: str
    """why it failed for good, '' where it did not"""


def run_all(job: Job, work: Sequence[Any], count: int) -> Iterator[Done]:
    """Yield each piece as it ends, in `count` processes; 1 stays in this one. A piece that fails, or whose worker
    dies, is tried again alone, so that it takes no other piece with it. A SimworthError is no piece's failure: raised.
    """
    pieces = deque(enumerate(work))
    if count <= 1 or len(work) <= 1:
        job.setup(*job.given)
        yield from (attempt(index, partial(job.function, content)) for index, content in pieces)
        return
    while pieces:
        suspects = yield from _together(job, pieces, min(count, len(pieces)))
        yield from (_alone(job, *suspect) for suspect in suspects)


def _together(job: Job, pieces: deque[Piece], count: int) -> Generator[Done, None, list[Piece]]:
    """Empty `pieces` into a pool; returns those that failed, early when the pool broke, with all that were in it."""
    failed: list[Piece] = []
    running: dict[Future[Any], Piece] = {}
    with _ended_at_once(job.pool(count)) as pool:
        while pieces or running:
            while pieces and len(running) < count:
                piece = pieces.popleft()
                try:
                    running[pool.submit(job.function, piece[1])] = piece
                except BrokenProcessPool:
                    return [*failed, piece, *running.values()]
            ended, _ = wait(running, return_when=FIRST_COMPLETED)
            broken = any(isinstance(future.exception(), BrokenProcessPool) for future in ended)
            for future in ended:
                index, content = running.pop(future)
                reason = reason_of(future.exception())
                if not reason:
                    yield Done(index, future.result(), "")
                    continue
                suspected(index, reason)
                failed.append((index, content))
            if broken:
                return [*failed, *running.values()]
    return failed


@contextlib.contextmanager
def _ended_at_once(pool: ProcessPoolExecutor) -> Iterator[ProcessPoolExecutor]:
    """Where the block is left early, its workers' pieces are of no use any more."""
    before = set(multiprocessing.active_children())
    try:
        yield pool
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        for child in set(multiprocessing.active_children()) - before:
            child.terminate()
        raise
    finally:
        pool.shutdown()


def _alone(job: Job, index: int, content: Any) -> Done:
    def once() -> Any:
        with _ended_at_once(job.pool(1)) as pool:
            return pool.submit(job.function, content).result()

    return attempt(index, once)


def attempt(index: int, once: Callable[[], Any]) -> Done:
    """A piece that has nothing beside it, tried until it succeeds or has failed ATTEMPTS times."""
    error = ""
    for _ in range(ATTEMPTS):
        try:
            return Done(index, once(), "")
        except Exception as raised:  # whatever a piece raises is its failure, recorded, not that of the others
            error = reason_of(raised)
            suspected(index, error)
    return Done(index, None, error)


def reason_of(raised: BaseException | None) -> str:
    """Why a piece failed, in one line, '' where it did not; SimworthError and interruptions are raised."""
    if raised is None:
        return ""
    if isinstance(raised, SimworthError) or not isinstance(raised, Exception):
        raise raised
    if isinstance(raised, BrokenProcessPool | WorkerDied):
        return DIED
    return f"{type(raised).__name__}: {' '.join(str(raised).split())}"


def suspected(index: int, reason: str) -> None:
    """Note a failure that is not yet the last word."""
    event("piece failed, is tried alone", logging.WARNING, piece=index, reason=reason)
