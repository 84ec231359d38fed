"""Candidates evaluated in processes that stay alive: each takes some of the trials."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any, Self

import numpy as np

from simworth.config import Task, Training
from simworth.prepare.arrays import TaskData
from simworth.processes import machine
from simworth.registry import load_modules, loaded_modules
from simworth.sweep.compute import Problem
from simworth.sweep.executor import Job
from simworth.tuning.inner import InnerError, inner_errors

_worker: dict[str, Problem] = {}
"""the task of this process, set once by `_setup`"""
_Piece = tuple[Training, tuple[int, ...], int]


def _setup(name: str, task: Task, seed: int, data: TaskData, device: str, modules: list[str]) -> None:
    load_modules(modules, Path())
    _worker["problem"] = Problem.of(name, task, seed, data, device)


def _work(piece: _Piece) -> list[InnerError]:
    return inner_errors(_worker["problem"], *piece)


class Evaluator:
    """Inner errors of candidates; a trial's bits do not depend on how many processes share the trials."""

    def __init__(self, name: str, task: Task, seed: int, data: TaskData) -> None:
        here = machine()
        self._job = Job(_work, _setup, (name, task, seed, data, here.device, loaded_modules()))
        self._count = here.workers
        self._pool: ProcessPoolExecutor | None = None
        if self._count == 1:
            _setup(*self._job.given)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: Any) -> None:
        self._close()

    def __call__(self, training: Training, trials: range, n: int) -> list[InnerError]:
        """(trials,) errors; an exception of training, or a worker that dies, is every trial's failure."""
        shares = np.array_split(np.array(trials), min(self._count, len(trials)))
        pieces: list[_Piece] = [(training, tuple(map(int, share)), n) for share in shares]
        try:
            return [error for part in self._map(pieces) for error in part]
        except BrokenProcessPool:
            self._close()
            reason = "its worker process died (out of memory, or killed)"
        except Exception as raised:  # whatever a candidate raises is its failure, recorded, not that of the study
            reason = f"{type(raised).__name__}: {' '.join(str(raised).split())}"
        return [InnerError(np.nan, reason)] * len(trials)

    def _map(self, pieces: list[_Piece]) -> list[list[InnerError]]:
        if self._count == 1:
            return [_work(piece) for piece in pieces]
        self._pool = self._pool or self._job.pool(self._count)
        return list(self._pool.map(_work, pieces))

    def _close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
            self._pool = None
