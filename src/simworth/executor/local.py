"""Pieces of work in spawned processes of this machine, one thread each."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from functools import partial
from typing import Any, Self

from simworth.executor.jobs import Done, Job, Piece, Pool, attempt, one_thread_each


class LocalPool(Pool[Future[Any]]):
    """Up to `count` processes, started when there is work for more than one; 1 stays in this process."""

    def __init__(self, job: Job, count: int) -> None:
        super().__init__(job)
        self._count = count
        self._ready = False
        self._pool: ProcessPoolExecutor | None = None
        self._others: set[Any] = set()
        self._threads = ExitStack()

    def __enter__(self) -> Self:
        self._threads.enter_context(one_thread_each())
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Where the block is left early, pieces in work are of no use any more."""
        self._close(early=kind is not None)
        self._threads.close()

    def run(self, work: Sequence[Any]) -> Iterator[Done]:
        """As Pool, or in this process."""
        if self._count <= 1 or (len(work) <= 1 and self._pool is None):
            if work and not self._ready:
                self._job.begin()
                self._ready = True
            yield from (attempt(index, partial(self._job.function, content)) for index, content in enumerate(work))
            return
        try:
            yield from super().run(work)
        except BaseException:
            self._close(early=True)
            raise

    def _limit(self) -> int:
        return self._count

    def _submit(self, piece: Piece) -> Future[Any]:
        try:
            return self._open(self._count).submit(_piece, self._job.function, piece[1])
        except BrokenProcessPool:  # by a piece before, whose future tells of it
            self._close()
            return self._submit(piece)

    def _ended(self, futures: list[Future[Any]]) -> Iterable[Future[Any]]:
        return wait(futures, return_when=FIRST_COMPLETED).done

    def _value(self, future: Future[Any]) -> Any:
        return future.result()

    def _alone(self, piece: Piece) -> Done:
        """In a process of its own, so that a piece that kills its worker takes no other with it."""

        def once() -> Any:
            self._close()
            try:
                return self._open(1).submit(_piece, self._job.function, piece[1]).result()
            finally:
                self._close()

        return attempt(piece[0], once)

    def _open(self, count: int) -> ProcessPoolExecutor:
        """Fresh processes; spawned, since a fork after torch's threads can deadlock."""
        if self._pool is None:
            self._others = set(multiprocessing.active_children())
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(count, mp_context=context, initializer=_begin, initargs=(self._job.begin,))
        return self._pool

    def _close(self, *, early: bool = False) -> None:
        if self._pool is None:
            return
        if early:
            self._pool.shutdown(wait=False, cancel_futures=True)
            for child in set(multiprocessing.active_children()) - self._others:
                child.terminate()
        self._pool.shutdown()
        self._pool = None


_failed: list[Exception] = []
"""why this worker could not be made ready"""


def _begin(ready: Callable[[], None]) -> None:
    """First act of a worker: an interrupt is the parent's to handle, and the worker ends when the parent does, however
    that came about; then make ready, whose failure is that of the first piece."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        ready()
    except Exception as error:  # raised here, it would break the pool without a word
        _failed.append(error)


def _piece(function: Callable[[Any], Any], content: Any) -> Any:
    if _failed:
        raise _failed[0]
    return function(content)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
