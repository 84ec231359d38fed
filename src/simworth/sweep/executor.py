"""Run a function over pieces of work in spawned processes, one thread each; a dead worker costs one piece, not all."""

from __future__ import annotations

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

ATTEMPTS: Final = 2
"""times a piece that fails alone is tried"""
_THREADS: Final = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
_Piece = tuple[int, Any]
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
        for name in _THREADS:
            os.environ.setdefault(name, "1")
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(count, mp_context=context, initializer=_begin, initargs=(self.setup, self.given))


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
    dies, is tried again alone, so that it takes no other piece with it."""
    pieces = deque(enumerate(work))
    if count <= 1 or len(work) <= 1:
        job.setup(*job.given)
        yield from (_attempt(index, partial(job.function, content)) for index, content in pieces)
        return
    while pieces:
        suspects = yield from _together(job, pieces, min(count, len(pieces)))
        yield from (_alone(job, *suspect) for suspect in suspects)


def _together(job: Job, pieces: deque[_Piece], count: int) -> Generator[Done, None, list[_Piece]]:
    """Empty `pieces` into a pool; returns those that failed, early when the pool broke, with all that were in it."""
    failed: list[_Piece] = []
    running: dict[Future[Any], _Piece] = {}
    with job.pool(count) as pool:
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
                if future.exception() is None:
                    yield Done(running.pop(future)[0], future.result(), "")
                else:
                    failed.append(running.pop(future))
            if broken:
                return [*failed, *running.values()]
    return failed


def _alone(job: Job, index: int, content: Any) -> Done:
    def once() -> Any:
        with job.pool(1) as pool:
            return pool.submit(job.function, content).result()

    return _attempt(index, once)


def _attempt(index: int, once: Callable[[], Any]) -> Done:
    error = ""
    for _ in range(ATTEMPTS):
        try:
            return Done(index, once(), "")
        except BrokenProcessPool:
            error = "its worker process died (out of memory, or killed)"
        except Exception as raised:  # whatever a piece raises is its failure, recorded, not that of the others
            error = f"{type(raised).__name__}: {' '.join(str(raised).split())}"
    return Done(index, None, error)
