"""Run a task's sweep: find the shards that are kept, compute the others, keep them as they end."""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from shutil import rmtree
from typing import Final

import numpy as np

from simworth import executor
from simworth.config import Settings, Task
from simworth.environment import machine, store_root
from simworth.errors import SimworthError
from simworth.executor import Done, Job
from simworth.locks import one_at_a_time
from simworth.logs import event
from simworth.prepare.arrays import TaskData
from simworth.sweep.checkpoint import Saved, group_folder
from simworth.sweep.compute import TOGETHER, compute
from simworth.sweep.held_out import side_keys, trial_seed
from simworth.sweep.input_table import MappedData, worth_mapping
from simworth.sweep.plan import group_cost, groups
from simworth.sweep.problem import Problem
from simworth.sweep.progress import Notebook, progress
from simworth.sweep.shards import (
    Result,
    Shard,
    Unreadable,
    note_seconds,
    read_shard,
    read_weights,
    shard_digest,
    shard_path,
    task_digest,
    write_shard,
)
from simworth.sweep.store_copy import bring
from simworth.sweep.tables import ShardsFailed, failed_result, failed_wholly
from simworth.terminal import say


@dataclass(frozen=True)
class Assignment:
    """What a process that computes shards of a task is told, beside the task's arrays."""

    name: str
    task: Task
    seed: int
    device: str
    digest: str
    """of the task"""
    notes: Path
    """folder where progress is noted"""
    partial: Path
    """folder where states of trainings are kept"""


_INPUTS: Final = "inputs.npy"
"""file in a task's folder of states; there while a sweep runs"""
_ready: dict[str, tuple[Problem, Assignment]] = {}
"""of this process, set once by `_setup`"""


@dataclass(frozen=True)
class Worked:
    """What a worker made of shards that share one pretraining."""

    results: list[Result]
    """in the order of the shards"""
    seconds: float
    where: str
    """process and machine"""
    resumed: int
    """epochs found and not run again"""


@dataclass(frozen=True)
class Sweeper:
    """One task with its data and the store of its shards."""

    settings: Settings
    name: str
    data: TaskData
    store: Path = field(default_factory=store_root)

    @property
    def task(self) -> Task:
        """Its settings."""
        return self.settings.tasks[self.name]

    def path(self, shard: Shard) -> Path:
        """Where a shard is, or will be, kept."""
        return shard_path(self.store, self.digest(shard))

    def digest(self, shard: Shard) -> str:
        """Name of a shard's file."""
        return shard_digest(self.task_digest, shard)

    def names(self, shards: Iterable[Shard]) -> list[str]:
        """Names of the files of shards."""
        return [self.digest(shard) for shard in shards]

    @property
    def task_digest(self) -> str:
        """What all shards of the task share."""
        return task_digest(self.settings.seed, self.task, self.data.digest)

    def run(self, shards: list[Shard]) -> list[Result]:
        """Results of all shards, in the order given; those not in the store are computed and kept.

        While another process computes shards of this task, this one waits, and then finds them in the store. Where the
        store's file system knows no locks both compute them: each is written whole, and both write the same.
        Shards that fail twice are named in ShardsFailed at the end, when all others are kept. Weights are not read.
        """
        with one_at_a_time(self.store / "locks" / self.task_digest, self._wait) as alone:
            if alone:
                self._clear_half_written(shards)
            kept = self.kept(shards)
            missing = [shard for shard in shards if shard not in kept]
            self._begin(shards, missing)
            try:
                computed, failed = self._compute(missing, alone=alone)
            finally:
                if alone:  # inputs that were mapped go with the sweep, however it ends
                    with contextlib.suppress(OSError):
                        (self._partial / _INPUTS).unlink()
        event("sweep ended", shards=len(shards), computed=len(missing) - len(failed), failed=len(failed))
        results = kept | computed
        if failed:
            raise ShardsFailed(self.name, failed, {shard: results[shard] for shard in shards})
        return [results[shard] for shard in shards]

    def weights(self, shard: Shard) -> dict[str, np.ndarray]:
        """Weights of a shard of the curve that `run` gave; trained anew where they cannot be read."""
        path = self.path(shard)
        try:
            found = read_weights(path)
        except Unreadable as error:
            self._say_unreadable({shard: str(error)})
            found = None
        if found is None:
            path.unlink(missing_ok=True)
            self.run([shard])
            found = read_weights(path)
        assert found is not None, "a shard of the curve has weights"
        return found

    def kept(self, shards: Sequence[Shard]) -> dict[Shard, Result]:
        """What the store has; what it has and cannot be read is reported."""
        kept: dict[Shard, Result] = {}
        unreadable: dict[Shard, str] = {}
        bring(map(self.path, shards), self.store)
        for shard in shards:
            try:
                result = read_shard(self.path(shard))
            except Unreadable as error:
                unreadable[shard] = str(error)
            else:
                kept |= {} if result is None else {shard: result}
        if unreadable:
            self._say_unreadable(unreadable)
        return kept

    def _say_unreadable(self, unreadable: Mapping[Shard, str]) -> None:
        shard, reason = next(iter(unreadable.items()))
        path = self.path(shard)
        event("shards unreadable", logging.WARNING, count=len(unreadable), first=str(path), reason=reason)
        say(f"{self.name}: {len(unreadable)} unreadable shards are trained anew; first: {path}: {reason}")

    def _wait(self, holder: str) -> None:
        say(f"{self.name}: {holder} trains the same; waiting for it, its shards are shared")
        event("waiting for another sweep", holder=holder)

    def _begin(self, shards: list[Shard], missing: list[Shard]) -> None:
        kept = len(shards) - len(missing)
        if kept:
            say(f"{self.name}: {kept} of {len(shards)} shards are in the store")
        event("sweep begins", shards=len(shards), kept=kept, missing=len(missing), store=str(self.store))

    def _clear_half_written(self, shards: Sequence[Shard]) -> None:
        """Remove what a killed sweep had half written; only under the lock, since another sweep may be writing."""
        for path in map(self.path, shards):
            for left in path.parent.glob(f".{path.stem}.*"):
                left.unlink()
        for left in self._partial.glob(f".{_INPUTS}.*"):
            left.unlink()

    def _compute(self, shards: list[Shard], *, alone: bool) -> tuple[dict[Shard, Result], dict[Shard, str]]:
        """Compute and keep: what came of each shard, and why some failed. Without a lock another sweep may remove what
        lies in the task's folder, so that inputs are mapped only under one."""
        here = machine()
        work = groups(self.task, shards, TOGETHER[here.device])
        results: dict[Shard, Result] = {}
        failed: dict[Shard, str] = {}
        notes = self.store / "progress" / self.task_digest
        assigned = Assignment(
            self.name, self.task, self.settings.seed, here.device, self.task_digest, notes, self._partial
        )
        job = Job(_work, _setup, (self.data, assigned))
        if shards:
            self._partial.mkdir(parents=True, exist_ok=True)
            if alone and worth_mapping(self.data.inputs.nbytes, min(here.workers, len(work)), here.executor):
                mapped = MappedData.keep(self.data, self._partial / _INPUTS)
                job = job.by_files(mapped, [mapped.path])
        with (
            progress(self.name, sum(group_cost(self.task, group) for group in work), notes) as bar,
            closing(executor.run(job, work, here)) as ended,
        ):
            for done in ended:
                group = work[done.index]
                found = self._ended(group, done)
                results |= {shard: result for shard, (_, result) in found.items()}
                failed |= {shard: reason for shard, (reason, _) in found.items() if reason}
                bar.advance(group_cost(self.task, group))
        if not failed:
            rmtree(self._partial, ignore_errors=True)
        return results, failed

    @property
    def _partial(self) -> Path:
        """Where the states of the task's trainings are kept."""
        return self.store / "partial" / self.task_digest

    def _ended(self, group: list[Shard], done: Done) -> dict[Shard, tuple[str, Result]]:
        """Keep the shards of a piece that ended; of each, why it failed ('' where it did not) and its tables."""
        first = group[0]
        about: dict[str, object] = {
            "learning": first.learning,
            "n": first.n,
            "m": sorted({shard.m for shard in group}),
            "block": sorted({shard.block for shard in group}),
        }
        if done.error:
            event("shards failed", logging.ERROR, **about, reason=done.error)
            return {shard: (done.error, self._failed(shard, done.error)) for shard in group}
        worked: Worked = done.value
        found = {shard: (failed_wholly(result), result) for shard, result in zip(group, worked.results, strict=True)}
        kept = [shard for shard, (reason, _) in found.items() if not reason]
        found |= {shard: ("", write_shard(self.path(shard), found[shard][1])) for shard in kept}
        note_seconds([self.path(shard) for shard in kept], worked.seconds)
        rmtree(group_folder(self._partial, self.names(group)), ignore_errors=True)
        for shard, (reason, _) in found.items():
            if reason:
                event("shards failed", logging.ERROR, **about | {"m": [shard.m]}, reason=reason)
        bad = sum(int((result.trials["status"] == "failed").sum()) for result in worked.results)
        files = [name[:12] for name in self.names(kept)]
        took = round(worked.seconds, 3)
        about |= {"seconds": took, "worker": worked.where, "resumed_epochs": worked.resumed}
        event("shards kept", **about, files=files, failed_trials=bad)
        return found

    def _failed(self, shard: Shard, reason: str) -> Result:
        _, key = side_keys(self.task)
        seeds = [trial_seed(self.settings.seed, key, trial) for trial in shard.trials]
        return failed_result(shard, seeds, reason)


def _setup(data: TaskData | MappedData, assigned: Assignment) -> None:
    """Make a process ready: the task's arrays. One whose libraries would give other numbers is refused."""
    _ready.clear()  # of another sweep, whose inputs would take memory beside this one's
    if task_digest(assigned.seed, assigned.task, data.digest) != assigned.digest:
        raise SimworthError(
            f"worker {_here()}: its simworth or its torch, numpy or scipy are of another version than the sweep's; "
            "install the same requirements.lock on every machine"
        )
    _ready["task"] = Problem.of(assigned.name, assigned.task, assigned.seed, data, assigned.device), assigned


def _work(shards: list[Shard]) -> Worked:
    """Compute a group of shards; one of which every trial failed is computed once more."""
    start, (problem, assigned) = time.monotonic(), _ready["task"]
    notes = Notebook(assigned.notes, shards[0].n, group_cost(assigned.task, shards))
    saved = Saved(group_folder(assigned.partial, [shard_digest(assigned.digest, shard) for shard in shards]))
    with closing(notes):
        problem = replace(problem, watch=notes)
        results = compute(replace(problem, saved=saved), shards)
        again = [shard for shard, result in zip(shards, results, strict=True) if failed_wholly(result)]
        if again:
            second = dict(zip(again, compute(problem, again), strict=True))
            results = [second.get(shard, result) for shard, result in zip(shards, results, strict=True)]
    return Worked(results, time.monotonic() - start, _here(), saved.resumed)


def _here() -> str:
    return f"{os.getpid()}@{socket.gethostname()}"
