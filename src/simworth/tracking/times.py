"""Training times as metrics: how long each trial and each size took on the machine that trained it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from simworth.tracking.records import Metric, RunRecord, TaskContent

SECONDS: Final = "train_seconds"
"""metric; trials are trained together, so a trial's is its part of what they took"""

Seconds = Callable[[Sequence[str]], Sequence[float | None]]
"""digests of a size's work units -> seconds of each of their trials; None where this machine does not know"""


def timed(content: TaskContent, seconds: Seconds) -> TaskContent:
    """The same with times, where they are known: of a trial, of all trials of a size, of the whole curve."""
    known = {_size(size.run): seconds(size.units) for size in content.sizes}
    totals = {size: sum(filter(None, each)) for size, each in known.items() if each and None not in each}
    sizes = tuple(replace(size, run=_with(size.run, totals.get(_size(size.run)))) for size in content.sizes)
    trials = tuple(_with(run, _of(int(run.params["trial"]), known.get(_size(run), ()))) for run in content.trials)
    whole = sum(totals.values()) if len(totals) == len(known) else None
    return replace(content, parent=_with(content.parent, whole), sizes=sizes, trials=trials)


def _size(run: RunRecord) -> tuple[str, str, str]:
    return run.params["learning"], run.params["n"], run.params["m"]


def _of(trial: int, each: Sequence[float | None]) -> float | None:
    return each[trial] if trial < len(each) else None


def _with(run: RunRecord, seconds: float | None) -> RunRecord:
    return run if seconds is None else replace(run, seconds=seconds, metrics=(*run.metrics, Metric(SECONDS, seconds)))
