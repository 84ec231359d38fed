"""Outcomes of many structures, on several cores where that pays."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import wait as wait_for_process
from typing import Final

from simworth.errors import SimworthError
from simworth.features.registry import Featurizer, Outcome
from simworth.processes import environment

BATCH_SECONDS: Final = 1.0
"""how much work may be lost by a kill, per process"""
ALONE_SECONDS: Final = 3.0
"""how long one process works before others are thought of"""
WORTH_SECONDS: Final = 10.0
"""work left that is worth starting processes, each of which loads the chemistry anew"""
_LARGEST_BATCH: Final = 500
_THREADS: Final = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
"""numerical libraries read their number of threads from these once, when loaded; workers get 1"""


def outcomes_of(structures: Sequence[str], featurizer: Featurizer, workers: int) -> Iterator[list[Outcome]]:
    """Outcomes of distinct structures in batches of about a second's work, in whatever order they come.

    One process begins; the rate it finds decides whether others are started. Which process describes a structure
    changes nothing about its outcome.
    """
    begin, done = time.perf_counter(), 0
    for batch in _alone(structures, featurizer):
        done += len(batch)
        yield batch
        spent = time.perf_counter() - begin
        left = spent / done * (len(structures) - done)
        if workers > 1 and spent > ALONE_SECONDS and left > WORTH_SECONDS:
            size = max(1, min(_LARGEST_BATCH, int(done / spent * BATCH_SECONDS)))
            yield from _together(structures[done:], featurizer, workers, size)
            return


def _alone(structures: Sequence[str], featurizer: Featurizer) -> Iterator[list[Outcome]]:
    batch: list[Outcome] = []
    begin = time.perf_counter()
    for structure in structures:
        batch.append(featurizer.outcome(structure))
        if time.perf_counter() - begin > BATCH_SECONDS:
            yield batch
            batch, begin = [], time.perf_counter()
    if batch:
        yield batch


def _together(structures: Sequence[str], featurizer: Featurizer, workers: int, size: int) -> Iterator[list[Outcome]]:
    batches = (structures[start : start + size] for start in range(0, len(structures), size))
    context = multiprocessing.get_context("spawn")
    with (
        environment(dict.fromkeys(_THREADS, "1")),
        ProcessPoolExecutor(workers, mp_context=context, initializer=_start_worker) as pool,
    ):
        running: set[Future[list[Outcome]]] = set()
        try:
            for batch in batches:
                running.add(pool.submit(_describe, featurizer, batch))
                if len(running) > 2 * workers:
                    finished, running = wait(running, return_when=FIRST_COMPLETED)
                    yield from (future.result() for future in finished)
            while running:
                finished, running = wait(running, return_when=FIRST_COMPLETED)
                yield from (future.result() for future in finished)
        except BrokenProcessPool:
            raise SimworthError(
                f"featurizer {featurizer.name}: a worker process was killed, perhaps for want of memory; "
                "finished descriptors are kept: run again, with SIMWORTH_WORKERS=1 if it happens again"
            ) from None
        finally:
            pool.shutdown(cancel_futures=True)


def _describe(featurizer: Featurizer, structures: Sequence[str]) -> list[Outcome]:
    return [featurizer.outcome(structure) for structure in structures]


def _start_worker() -> None:
    """An interrupt is the parent's to handle, and a worker whose parent is gone must not wait for work forever."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_die_with, args=(parent.sentinel,), daemon=True).start()


def _die_with(sentinel: int) -> None:
    wait_for_process([sentinel])
    os._exit(1)
