"""Pieces of work in other processes: what is done to each, and the retries of one that fails or whose worker dies."""

from __future__ import annotations

import logging
import os
from abc import abstractmethod
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

from simworth.environment import exported
from simworth.errors import SimworthError
from simworth.logs import event
from simworth.registry import load_sent, loaded_modules

ATTEMPTS: Final = 2
"""times a piece that fails alone is tried"""
DIED: Final = "its worker process died (out of memory, or killed)"
_THREADS: Final = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS")
"""numerical libraries read their number of threads from these once, when loaded"""


class WorkerDied(Exception):
    """The process that computed a piece ended before it answered."""


Piece = tuple[int, Any]
"""place in the work handed in, content"""
F = TypeVar("F")
"""future: stands for a piece that was handed in"""


@dataclass(frozen=True)
class Job:
    """What is done to every piece."""

    function: Callable[[Any], Any]
    """piece -> value; found by name in the worker, so of a module"""
    setup: Callable[..., None]
    """run once in every process before its first piece"""
    given: tuple[Any, ...]
    """arguments of `setup`, sent once per process"""
    files: tuple[Path, ...] = ()
    """that `setup` reads by these arguments"""
    elsewhere: tuple[Any, ...] = ()
    """the arguments instead where not every worker sees those files"""
    modules: Mapping[str, bytes] = field(default_factory=loaded_modules)
    """a project's own with their sources, imported before `setup`, so that a worker knows the same members"""

    def by_files(self, first: Any, files: Iterable[Path]) -> Job:
        """The same job, where `files` are seen with `first` as its first argument, which reads them."""
        return replace(self, given=(first, *self.given[1:]), files=tuple(files), elsewhere=self.given)

    def begin(self) -> None:
        """Make this process ready."""
        load_sent(self.modules)
        self.setup(*self.given)


@dataclass(frozen=True)
class Done:
    """One piece of work that ended."""

    index: int
    """its place in the work handed in"""
    value: Any
    """what the function returned, None where it failed"""
    error: str
    """why it failed for good, '' where it did not"""


class Pool(AbstractContextManager["Pool[F]"], Generic[F]):
    """Workers that stay as long as the context does; a kind of them says how pieces are handed in and waited for."""

    def __init__(self, job: Job) -> None:
        self._job = job

    @abstractmethod
    def _limit(self) -> int:
        """Pieces handed in at once."""

    @abstractmethod
    def _submit(self, piece: Piece) -> F:
        """Hand one piece in."""

    @abstractmethod
    def _ended(self, futures: list[F]) -> Iterable[F]:
        """Wait until some have ended."""

    @abstractmethod
    def _value(self, future: F) -> Any:
        """What a piece gave, or what it raised."""

    def run(self, work: Sequence[Any]) -> Iterator[Done]:
        """Yield each piece as it ends; what fails is tried again alone. May be called again and again."""
        pieces = deque(enumerate(work))
        failed: list[Piece] = []
        running: dict[F, Piece] = {}
        while pieces or running:
            while pieces and len(running) < self._limit():
                piece = pieces.popleft()
                running[self._submit(piece)] = piece
            for future in self._ended(list(running)):
                piece = running.pop(future)
                try:
                    done = Done(piece[0], self._value(future), "")
                except Exception as raised:
                    suspected(piece[0], reason_of(raised))
                    failed.append(piece)
                else:
                    yield done
        yield from map(self._alone, failed)

    def _alone(self, piece: Piece) -> Done:
        """A piece with nothing beside it."""
        return attempt(piece[0], lambda: self._value(next(iter(self._ended([self._submit(piece)])))))


@contextmanager
def one_thread_each() -> Iterator[None]:
    """Processes started in the block compute with one thread each, unless the user said otherwise."""
    with exported({name: os.environ.get(name, "1") for name in _THREADS}):
        yield


def attempt(index: int, once: Callable[[], Any]) -> Done:
    """A piece that has nothing beside it, tried until it succeeds or has failed ATTEMPTS times."""
    error = ""
    for _ in range(ATTEMPTS):
        try:
            return Done(index, once(), "")
        except Exception as raised:  # recorded as the failure of this piece alone
            error = reason_of(raised)
            suspected(index, error)
    return Done(index, None, error)


def reason_of(raised: Exception) -> str:
    """Why a piece failed, in one line; a SimworthError is raised."""
    if isinstance(raised, SimworthError):
        raise raised
    if isinstance(raised, BrokenProcessPool | WorkerDied):
        return DIED
    return f"{type(raised).__name__}: {' '.join(str(raised).split())}"


def suspected(index: int, reason: str) -> None:
    """Log a failure that is retried."""
    event("piece failed, is tried alone", logging.WARNING, piece=index, reason=reason)
