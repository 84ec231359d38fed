"""How far a sweep has come, for people: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tqdm import tqdm


@dataclass
class Progress:
    """Work done of the work to do."""

    name: str
    total: float
    bar: tqdm
    _done: float = 0.0
    _said: float = 0.0
    _start: float = field(default_factory=time.monotonic)

    def advance(self, work: float) -> None:
        """Some more is done."""
        self._done += work
        share = self._done / self.total
        self.bar.update(100 * work / self.total)
        if self.bar.disable and (share - self._said >= 0.25 or share >= 1 - 1e-9):
            self._said = share
            gone = time.monotonic() - self._start
            say(f"{self.name}: {share:.0%} trained in {gone:.0f} s, about {gone * (1 / share - 1):.0f} s left")


@contextmanager
def progress(name: str, total: float) -> Iterator[Progress]:
    """Of `total` work, in whatever unit."""
    with tqdm(
        total=100.0,
        desc=f"{name}: training",
        unit="%",
        bar_format="{desc} {percentage:3.0f}% |{bar}| {elapsed} gone, {remaining} left",
        disable=total == 0 or not sys.stderr.isatty(),
    ) as bar:
        yield Progress(name, total, bar)


def say(text: str) -> None:
    """A line of progress for people; results never go through here."""
    if not os.environ.get("SIMWORTH_QUIET"):
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()
