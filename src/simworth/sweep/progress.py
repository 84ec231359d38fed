"""How far a sweep has come, within its shards too: a bar on a terminal, a line now and then elsewhere and in the log.

Workers note in a small file each, in a folder of the store, what they have done; the process that leads the sweep
reads these. Where a worker's machine does not see that folder, the sweep moves on with whole shards.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

from simworth.logs import event
from simworth.terminal import Bar, bar, say

_NOTE_EVERY: Final = 1.0
"""seconds between a worker's notes"""
_LOOK_EVERY: Final = 2.0
"""seconds between looks at them"""
_SAY_EVERY: Final = 30.0
"""seconds between lines where there is no terminal, and between events in the log"""
_NEVER_DONE: Final = 0.95
"""share of a shard beyond which only its end counts: nobody knows in advance when its models stop"""


@dataclass(frozen=True)
class WorkerNote:
    """What a worker has done of the shards that it trains together."""

    n: int
    epoch: int
    """of the models that have trained longest, in the present training"""
    learning: int
    """models that have not stopped"""
    done: float
    """model-steps, of this and of earlier trainings of the same shards"""
    cost: float
    """model-steps that the shards were expected to take"""


@dataclass
class Notebook:
    """A worker's file of notes; where the folder is not there, nothing is noted."""

    folder: Path
    n: int
    cost: float
    _done: float = 0.0
    _noted: float = 0.0

    @property
    def file(self) -> Path:
        """Of this process."""
        return self.folder / f"{socket.gethostname()}-{os.getpid()}.json"

    def __call__(self, epoch: int, learning: int, steps: int) -> None:
        """After an epoch: `learning` models took `steps` steps each."""
        self._done += learning * steps
        if time.monotonic() - self._noted < _NOTE_EVERY or not self.folder.is_dir():
            return
        self._noted = time.monotonic()
        note = WorkerNote(self.n, epoch, learning, self._done, self.cost)
        with contextlib.suppress(OSError):  # a full disk is reported where a result is written
            self.file.write_text(json.dumps(asdict(note)), encoding="utf-8")

    def close(self) -> None:
        """The shards have ended."""
        with contextlib.suppress(OSError):
            self.file.unlink(missing_ok=True)


@dataclass
class SweepProgress:
    """Work done of the work to do, in model-steps."""

    name: str
    total: float
    bar: Bar
    folder: Path
    """of the workers' notes"""
    _ended: float = 0.0
    _shown: float = 0.0
    _said: float = field(default_factory=time.monotonic)
    _start: float = field(default_factory=time.monotonic)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def advance(self, work: float) -> None:
        """Some shards have ended."""
        with self._lock:
            self._ended += work
        self.look()

    def look(self) -> None:
        """Show what has ended, and what of the rest is done."""
        with self._lock:
            notes = list(self._notes())
            running = sum(min(note.done, _NEVER_DONE * note.cost) for note in notes)
            now = max(notes, key=lambda note: note.cost, default=None)
            told = "" if now is None else f"n = {now.n:,}: epoch {now.epoch}, {now.learning} models still learning"
            done = min(max(self._shown, self._ended + running), self.total)
            self.bar.advance(100 * (done - self._shown) / self.total, told)
            self._shown = done
            share = min(done / self.total * (1 + 1e-9), 1.0)
            if time.monotonic() - self._said >= _SAY_EVERY or share == 1:
                self._say(share, told)

    def _say(self, share: float, told: str) -> None:
        self._said = time.monotonic()
        gone = self._said - self._start
        left = gone * (1 / share - 1) if share else float("nan")
        if share < 1:  # the end has an event of its own
            event("training", share=round(share, 4), seconds=round(gone, 1), now=told)
        if not self.bar.live:
            rest = f", about {left:.0f} s left" if share else ""
            say(f"{self.name}: {share:.0%} trained in {gone:.0f} s{rest}{f'; {told}' if told else ''}")

    def _notes(self) -> Iterator[WorkerNote]:
        for file in self.folder.glob("*.json"):
            with contextlib.suppress(OSError, ValueError, TypeError):  # half written, or gone: the next look sees it
                yield WorkerNote(**json.loads(file.read_text(encoding="utf-8")))


@contextmanager
def progress(name: str, total: float, folder: Path) -> Iterator[SweepProgress]:
    """Of `total` model-steps, as told by notes in `folder`, which is there until the block ends."""
    with bar(f"{name}: training", 100.0, "%", lines=False) as drawn:
        shown, ended = SweepProgress(name, total, drawn, folder), threading.Event()

        def watch() -> None:
            while not ended.wait(_LOOK_EVERY):
                shown.look()

        watcher = threading.Thread(target=watch, daemon=True)
        if total:
            folder.mkdir(parents=True, exist_ok=True)
            watcher.start()
        try:
            yield shown
        finally:
            ended.set()
            if total:
                watcher.join()
                shutil.rmtree(folder, ignore_errors=True)
