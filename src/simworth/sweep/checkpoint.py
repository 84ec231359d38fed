"""Checkpoints of long trainings, every minute, so that a kill loses a minute and not a shard.

Shards that are computed together have a folder in the store, named by their digests, with a file for each of their
trainings, in the order in which these run: where it stood when it was last kept, or what came of it. The process that
leads the sweep removes the folder once the shards are kept.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
import torch

from simworth.digests import digest
from simworth.learning.state import Saver
from simworth.learning.training import Trained
from simworth.logs import event
from simworth.sweep.shards import Unreadable, read_checked, write_checked

EVERY: Final = 60.0
"""seconds of training that a kill may cost"""
_SHARE: Final = 0.05
"""of the time at most goes into keeping states"""

Tensors = dict[str, np.ndarray]


def group_folder(folder: Path, shards: list[str]) -> Path:
    """In a task's folder, that of the shards with these digests."""
    return folder / digest(sorted(shards))


@dataclass
class Saved:
    """States of the trainings of one group of shards; nothing is kept where the task's folder is not there."""

    folder: Path
    """of the group"""
    resumed: int = 0
    """epochs that were found and not run again, of the models that had run most"""
    _number: int = -1
    """of the present training"""
    _found: Tensors | None = None
    _ended: dict[int, Tensors] = field(default_factory=dict)
    """trainings that have ended since a state was kept"""
    _last: float = field(default_factory=time.monotonic)
    _wait: float = field(default_factory=lambda: EVERY)

    def training(self, run: Callable[[Saver], Trained], on: torch.device) -> Trained:
        """What `run` gives, which goes on where it was interrupted, or what it gave before."""
        self._number += 1
        self._found = self._read()
        if self._found is not None:
            self.resumed += int(self._found["epochs"].max())
            if "flat" not in self._found:
                best = torch.from_numpy(self._found["best"]).to(on)
                return Trained(best, self._found["epochs"], self._found["loss"])
        trained = run(self)
        self._ended[self._number] = {
            "best": trained.flat.cpu().numpy(),
            "epochs": trained.epochs,
            "loss": trained.loss,
        }
        return trained

    def found(self) -> Tensors | None:
        """What was kept of the present training."""
        return self._found

    def keep(self, tensors: Callable[[], Tensors]) -> None:
        """Keep the state of the present training if the last one is old enough."""
        start = time.monotonic()
        if start - self._last < self._wait or not self.folder.parent.is_dir():
            return
        try:
            for number, ended in self._ended.items():
                write_checked(self._file(number), ended, {})
            self._ended.clear()
            write_checked(self._file(self._number), tensors(), {})
        except OSError as error:  # a full disk is reported where a result is written
            event("state not kept", logging.WARNING, reason=str(error))
        self._last = time.monotonic()
        self._wait = max(EVERY, (self._last - start) / _SHARE)

    def _file(self, number: int) -> Path:
        return self.folder / f"{number}.safetensors"

    def _read(self) -> Tensors | None:
        file = self._file(self._number)
        if not file.exists():
            return None
        try:
            return read_checked(file)[0]
        except Unreadable as error:
            event("state unreadable", logging.WARNING, file=str(file), reason=str(error))
            return None
