"""More trials while they help: whole blocks at every n until they hardly narrow the law's intervals.

After each round the law is asked which share s of the variance of alpha, of C and of the error at n_max trials make
up; the choice of measured materials makes up the rest, and no trial changes that. A block more of B trials to T would
narrow an interval by 1 - sqrt(1 - s B / (T + B)). Where that is below the stated amount for all three, it ends. The
answer follows from the results alone, so that an interruption or another number of workers changes nothing, and the
shards are those of a sweep with as many trials from the start.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

import pandas as pd

from simworth.config import Adaptive
from simworth.sweep.plan import Plan, plan
from simworth.sweep.records import Growth, Round
from simworth.sweep.run import Sweeper
from simworth.sweep.shards import BLOCK, Result, Shard
from simworth.sweep.tables import prediction_table, trial_table

Judge = Callable[[pd.DataFrame, pd.DataFrame, str], Mapping[str, float]]
"""(trial table, prediction table, task) -> quantity of the law -> share of trials in its variance; empty without law"""
HALF: Final = 0.5


def round_of(trials: int, shares: Mapping[str, float]) -> Round:
    """By how much a block more would narrow an interval, at most; 0 without a law."""
    share = max(shares.values(), default=0.0)
    return Round(trials=trials, shares=dict(shares), narrowing=1 - math.sqrt(1 - share * BLOCK / (trials + BLOCK)))


@dataclass
class Growing:
    """A sweep's curve as it grows; `run` changes `planned`, `done`, `trials` and `steps`."""

    sweeper: Sweeper
    planned: Plan
    judge: Judge | None
    """None never grows"""
    done: dict[Shard, Result] = field(default_factory=dict)
    steps: list[Round] = field(default_factory=list)
    reason: str = ""
    """why it ended"""

    def __post_init__(self) -> None:
        self.trials = self.sweeper.task.trials

    @property
    def results(self) -> list[Result]:
        """Of the curve, in the order of its shards."""
        return [self.done[shard] for shard in self.planned.curve]

    def run(self) -> None:
        """Train what is planned, then block after block while it helps; ShardsFailed where a shard cannot be had."""
        self._train(self.planned.shards)
        rule = self.sweeper.task.adaptive
        if rule is None or self.judge is None:
            return
        while not self._enough(rule, self.judge):
            self.trials = min((self.trials // BLOCK + 1) * BLOCK, rule.max_trials)
            curve = plan(replace(self.sweeper.task, trials=self.trials), self.sweeper.data).curve
            self.planned = replace(self.planned, curve=curve)
            self._train([shard for shard in curve if shard not in self.done])

    @property
    def growth(self) -> Growth | None:
        """What the sweep's summary says of it; None where it never was to grow."""
        if self.sweeper.task.adaptive is None:
            return None
        return Growth(start=self.sweeper.task.trials, steps=tuple(self.steps), reason=self.reason)

    def _train(self, shards: list[Shard]) -> None:
        self.done |= dict(zip(shards, self.sweeper.run(shards), strict=True))

    def _enough(self, rule: Adaptive, judge: Judge) -> bool:
        results = self.results
        tables = trial_table(results, self.trials), prediction_table(results, self.trials)
        self.steps.append(round_of(self.trials, judge(*tables, self.sweeper.name)))
        self.reason = why_enough(self.steps[-1], rule)
        return bool(self.reason)


def why_enough(step: Round, rule: Adaptive) -> str:
    """Why no further block is wanted, '' where one is."""
    if not step.shares:
        return f"{step.trials} trials: no law can be fitted, so nothing tells whether more would help"
    name, share = step.most
    gain = f"{BLOCK} more would narrow no interval of the law by more than {step.narrowing:.1%}"
    if step.narrowing >= rule.narrowing:
        most = f"{step.trials} trials are the most allowed, though {BLOCK} more would narrow the interval of {name} by"
        return f"{most} {step.narrowing:.1%}" if step.trials >= rule.max_trials else ""
    if share < HALF:
        return (
            f"{step.trials} trials: the choice of measured materials dominates, trials make up at most {share:.0%} of "
            f"the variance of an interval of the law ({name}); {gain}"
        )
    return f"{step.trials} trials: {gain}; trials still make up {share:.0%} of the variance of {name}"
