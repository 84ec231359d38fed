"""Pieces of work in spawned processes of this machine, one thread each."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from functools import partial
from typing import Any, Self

from simworth.executor.jobs import Done, Job, Piece, attempt, one_thread_each, reason_of, suspected


class LocalPool:
    """Up to `count` processes, started when there is work for more than one; 1 stays in this process."""

    def __init__(self, job: Job, count: int) -> None:
        self._job, self._count = job, count
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
        """Yield each piece as it ends. One that fails, or whose worker dies, is tried again alone."""
        pieces = deque(enumerate(work))
        if self._count <= 1 or (len(work) <= 1 and self._pool is None):
            if pieces and not self._ready:
                self._job.begin()
                self._ready = True
            yield from (attempt(index, partial(self._job.function, content)) for index, content in pieces)
            return
        try:
            while pieces:
                suspects = yield from self._together(pieces)
                yield from (self._alone(*suspect) for suspect in suspects)
        except BaseException:
            self._close(early=True)
            raise

    def _together(self, pieces: deque[Piece]) -> Generator[Done, None, list[Piece]]:
        """Empty `pieces` into the pool; returns those that failed, early when the pool broke, with all that were in
        it."""
        failed: list[Piece] = []
        running: dict[Future[Any], Piece] = {}
        pool = self._open(self._count)
        while pieces or running:
            while pieces and len(running) < self._count:
                piece = pieces.popleft()
                try:
                    running[pool.submit(_piece, self._job.function, piece[1])] = piece
                except BrokenProcessPool:
                    self._close()
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
                self._close()
                return [*failed, *running.values()]
        return failed

    def _alone(self, index: int, content: Any) -> Done:
        """In a process of its own, so that a piece that kills its worker takes no other with it."""

        def once() -> Any:
            self._close()
            try:
                return self._open(1).submit(_piece, self._job.function, content).result()
            finally:
                self._close()

        return attempt(index, once)

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
