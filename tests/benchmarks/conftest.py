"""Loads so small that nothing here is timed in earnest."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from benchmarks import training
from benchmarks.case import Case
from benchmarks.training import Load
from benchmarks.workers import Workers

SMALL = Case(hidden=(32, 16), columns=12, rows=70, checked=20, batch=16)


@pytest.fixture
def case() -> Case:
    """Four full batches and a short one an epoch."""
    return SMALL


@pytest.fixture
def load() -> Load:
    """Two rounds of two epochs."""
    return Load(case=SMALL, block=3, epochs=2, plain_epochs=2, rounds=2, product=64)


@pytest.fixture
def workers_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers in this process, since loading torch anew takes seconds; they take turns, and have one thread each."""

    @contextmanager
    def here(count: int) -> Iterator[Workers]:
        with ThreadPoolExecutor(1) as pool:
            yield Workers([pool] * count)

    monkeypatch.setattr(training, "workers", here)
    monkeypatch.setattr(training, "cores", lambda: 1)
