"""The runs of a task's sizes, one per n and m: the weights that `tracking.models` wants, and how long training took."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from simworth.tracking.records import Metric, ModelRecord, RunRecord, SizeRecord, TaskContent

if TYPE_CHECKING:
    from simworth.tracking.mlflow_store import Store

AUTO_BYTES: Final = 2_000_000_000
"""weights of a task up to which `tracking.models: auto` keeps every trial's"""
KEPT_TAG: Final = "simworth.models"
"""tag that says whose weights a run keeps"""
_NONE: Final = "none: the weights are not in this machine's store of shards"
_PRIVATE: Final = "none: a database of this task may not be redistributed"
_BEST: Final = ", the best"
Blocks = Sequence[Mapping[str, np.ndarray]]
SECONDS: Final = "train_seconds"
"""metric; trials are trained together, so a trial's is its part of what they took"""
Seconds = Callable[[Sequence[str]], Sequence[float | None]]
"""digests of a size's shards -> seconds of each of their trials; None where this machine does not know"""


@dataclass(frozen=True)
class Models:
    """How weights and ensembles are got at; tracking itself knows neither the store of units nor the networks."""

    weights: Callable[[Sequence[str]], Blocks | None]
    """digests of a size's shards -> weights, one mapping a unit; None where this machine lacks one"""
    file: Callable[[Blocks, Sequence[int], Mapping[str, str]], bytes]
    """(weights, trials to keep, what they are) -> content of a file"""
    seconds: Seconds
    record: Callable[[Path, str, str, str], ModelRecord]
    """(folder of an ensemble, task, valuation, digest) -> the model to register"""


def send_sizes(
    store: Store,
    experiment: str,
    parent: str,
    content: TaskContent,
    models: Models,
    mode: str,
    advance: Callable[[int], object],
) -> int:
    """Every size's run with its weights; how many runs were added.

    A run that is there gets the weights it lacks, where `tracking.models` now wants more of them, or where this machine
    has those that its publisher had not. What a run keeps is never taken away.
    """
    known = store.found(experiment)
    if content.private:
        models = replace(models, weights=lambda _: None)
    every = mode == "all" or (mode == "auto" and _fit(content.sizes, models))
    added = 0
    for size in content.sizes:
        there = known.get(size.run.key)
        if there is None or not there.finished:
            begun = store.begin(experiment, size.run, there, parent)
            store.log(begun, size.run)
            _send_weights(store, begun.info.run_id, size, models, every, missing=_PRIVATE if content.private else _NONE)
            store.end(begun, size.run)
            added += there is None
        elif not _enough(kept := store.client.get_run(there.run_id).data.tags.get(KEPT_TAG, ""), mode):
            _send_weights(store, there.run_id, size, models, every, kept)
        advance(1)
    return added


def _enough(kept: str, mode: str) -> bool:
    """Whether a run keeps as much as `mode` can want; auto may turn out to want the best alone."""
    return not kept.startswith("none") and (mode == "best" or not kept.endswith(_BEST))


def _fit(sizes: Sequence[SizeRecord], models: Models) -> bool:
    """Whether the weights of all trials of a task take no more than AUTO_BYTES, by the first size that has its own."""
    for blocks in map(models.weights, (size.shards for size in sizes if size.shards and size.best is not None)):
        if blocks is not None:
            rows = sum(len(next(iter(block.values()))) for block in blocks)
            each = sum(array.nbytes for block in blocks for array in block.values()) / rows
            return each * sum(len(size.trials) for size in sizes) <= AUTO_BYTES
    return False


def _send_weights(
    store: Store, run_id: str, size: SizeRecord, models: Models, every: bool, kept: str = "", missing: str = _NONE
) -> None:
    """Keep a size's weights with its run, of `every` trial or the best, and say whose in a tag; nothing where the run
    keeps as much already."""
    blocks = models.weights(size.shards) if size.shards and size.best is not None else None
    if blocks is None or size.best is None:
        trials, now = [], missing
    elif every:
        trials, now = list(size.trials), f"{len(size.trials)} trials"
    else:
        trials, now = [size.best], f"trial {size.best}{_BEST}"
    if now == kept or (now == missing and kept):
        return
    if blocks is not None and trials:
        about = {name: size.run.params[name] for name in ("task", "learning", "n", "m")}
        name = f"{about['learning']}-n{about['n']}-m{about['m']}.safetensors"
        store.log_file(run_id, name, models.file(blocks, trials, about))
    store.client.set_tag(run_id, KEPT_TAG, now)


def timed(content: TaskContent, seconds: Seconds) -> TaskContent:
    """The same with times, where they are known: of a trial, of all trials of a size, of the whole curve."""
    known = {_key(size.run): seconds(size.shards) for size in content.sizes}
    totals = {size: sum(filter(None, each)) for size, each in known.items() if each and None not in each}
    sizes = tuple(replace(size, run=_timed(size.run, totals.get(_key(size.run)))) for size in content.sizes)
    trials = tuple(_timed(run, _of(int(run.params["trial"]), known.get(_key(run), ()))) for run in content.trials)
    whole = sum(totals.values()) if len(totals) == len(known) else None
    return replace(content, parent=_timed(content.parent, whole), sizes=sizes, trials=trials)


def _key(run: RunRecord) -> tuple[str, str, str]:
    return run.params["learning"], run.params["n"], run.params["m"]


def _of(trial: int, each: Sequence[float | None]) -> float | None:
    return each[trial] if trial < len(each) else None


def _timed(run: RunRecord, seconds: float | None) -> RunRecord:
    return run if seconds is None else replace(run, seconds=seconds, metrics=(*run.metrics, Metric(SECONDS, seconds)))
