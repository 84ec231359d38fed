"""Processes that stay and do what they are told, one thing at a time; two train side by side, as a sweep's do."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import Any, Final

_THREADS: Final = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")

Work = tuple[Callable[..., Any], tuple[Any, ...]]
"""a function of a module, and its arguments"""


class Workers:
    """Some processes, each with a queue of its own."""

    def __init__(self, pools: Sequence[Executor]) -> None:
        self._pools = pools

    def __len__(self) -> int:
        return len(self._pools)

    def call(self, function: Callable[..., Any], *given: Any) -> Any:
        """What the first process makes of it, the others idle."""
        return self._pools[0].submit(function, *given).result()

    def together(self, work: Sequence[Work]) -> float:
        """Seconds until the last process is done, one piece of work for each."""
        start = time.perf_counter()
        futures = [pool.submit(function, *given) for pool, (function, given) in zip(self._pools, work, strict=True)]
        for future in futures:
            future.result()
        return time.perf_counter() - start


@contextmanager
def workers(count: int) -> Iterator[Workers]:
    """`count` fresh processes, without limits on threads that this one may have been given."""
    limits = {name: os.environ.pop(name) for name in _THREADS if name in os.environ}
    try:
        with ExitStack() as stack:
            context = multiprocessing.get_context("spawn")
            pools = [stack.enter_context(ProcessPoolExecutor(1, mp_context=context)) for _ in range(count)]
            made = Workers(pools)
            made.together([(_ready, ())] * count)
            yield made
    finally:
        os.environ.update(limits)


def _ready() -> None:
    import torch  # noqa: F401 (loading takes seconds, and is not what is timed)
