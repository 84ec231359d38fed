"""A count of what has been sent, on a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def bar() -> Iterator[Callable[[int], object]]:
    """A function that takes the number of runs just sent; it shows them only if it takes long."""
    from tqdm import tqdm

    with tqdm(desc="MLflow", unit=" runs", delay=2.0, disable=None) as shown:
        yield shown.update
