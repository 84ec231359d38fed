"""Run functions over work in spawned processes, one thread each; a dead worker costs one piece, not the sweep."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Any, Final

RETRIES: Final = 1
"""times a piece that failed is tried again"""
_THREADS: Final = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


def workers() -> int:
    """`SIMWORTH_WORKERS`, else the cores this process may use; never a tracked parameter."""
    named = os.environ.get("SIMWORTH_WORKERS", "")
    return max(1, int(named)) if named.isdigit() else len(os.sched_getaffinity(0))


@dataclass(frozen=True)
class Done:
    """One piece of work that ended."""

    index: int
    """place of the piece in the work handed in"""
    value: Any
    """what the function returned, None where it failed"""
    error: str
    """why it failed for good, '' where it did not"""


def run_all(
    function: Callable[[Any], Any], work: Sequence[Any], setup: Callable[..., None], given: tuple[Any, ...], count: int
) -> Iterator[Done]:
    """Yield each piece as it ends. `setup(*given)` runs once in every worker. `count` 1 stays in this process."""
    if count <= 1 or len(work) <= 1:
        setup(*given)
        yield from (_here(function, index, piece) for index, piece in enumerate(work))
        return
    yield from _pooled(function, work, setup, given, min(count, len(work)))


def _here(function: Callable[[Any], Any], index: int, piece: Any) -> Done:
    for attempt in range(RETRIES + 1):
        try:
            return Done(index, function(piece), "")
        except Exception as error:  # whatever a piece raises is its failure, recorded, not the sweep's
            if attempt == RETRIES:
                return Done(index, None, _text(error))
    raise AssertionError("unreachable")


def _pooled(
    function: Callable[[Any], Any], work: Sequence[Any], setup: Callable[..., None], given: tuple[Any, ...], count: int
) -> Iterator[Done]:
    """Hand pieces to a pool in order, `count` at a time; after a worker's death, the suspects run one by one."""
    waiting = list(enumerate(work))
    tries = [0] * len(work)
    suspects: list[tuple[int, Any]] = []
    while waiting or suspects:
        alone = bool(suspects)
        queue, width = (suspects, 1) if alone else (waiting, count)
        suspects = [] if alone else suspects
        with _pool(setup, given, width) as pool:
            running: dict[Future[Any], tuple[int, Any]] = {}
            while queue or running:
                while queue and len(running) < width:
                    piece = queue.pop(0)
                    running[pool.submit(function, piece[1])] = piece
                ended, _ = wait(running, return_when=FIRST_COMPLETED)
                broken = False
                for future in ended:
                    index, content = running.pop(future)
                    error = future.exception()
                    if error is None:
                        yield Done(index, future.result(), "")
                        continue
                    broken = broken or isinstance(error, BrokenProcessPool)
                    blamed = alone or not isinstance(error, BrokenProcessPool)
                    tries[index] += blamed
                    if tries[index] > RETRIES:
                        yield Done(index, None, _text(error))
                    elif isinstance(error, BrokenProcessPool):
                        suspects.append((index, content))
                    else:
                        queue.append((index, content))
                if broken:
                    suspects += [piece for future, piece in running.items()]
                    break
            if alone and queue:  # the rest of the suspects, after one of them broke the pool again
                suspects += queue


def _pool(setup: Callable[..., None], given: tuple[Any, ...], count: int) -> ProcessPoolExecutor:
    context = multiprocessing.get_context("spawn")
    for name in _THREADS:
        os.environ.setdefault(name, "1")
    return ProcessPoolExecutor(count, mp_context=context, initializer=setup, initargs=given)


def _text(error: BaseException) -> str:
    if isinstance(error, BrokenProcessPool):
        return "its worker process died (out of memory, or killed)"
    return f"{type(error).__name__}: {' '.join(str(error).split())}"
