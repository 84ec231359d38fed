"""From what trained models say of their test sets to the rows of a shard's tables."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from simworth.learning.training import Trained
from simworth.prepare.arrays import SideData
from simworth.sweep.metrics import METRICS
from simworth.sweep.samples import Samples
from simworth.sweep.shards import Result, Shard


@dataclass(frozen=True)
class Outcome:
    """A shard, trained and tested."""

    shard: Shard
    seeds: list[int]
    target: SideData
    tested: Samples
    """test samples of each trial"""
    values: np.ndarray
    """(trials, width) predictions on the task's scale"""
    clipped: int
    trained: Trained
    pretrained: Trained | None

    @property
    def reasons(self) -> list[str]:
        """(trials,) why a trial failed, '' where it did not."""
        return [self._reason(trial) for trial in range(len(self.seeds))]

    def _reason(self, trial: int) -> str:
        for step, outcome in (("pretraining", self.pretrained), ("fine-tuning", self.trained)):
            if outcome is not None and not np.isfinite(outcome.loss[trial]):
                return f"{step}: the validation loss was never finite"
        return "" if np.isfinite(self.values[trial]).all() else "a prediction is not finite"


def result_of(outcome: Outcome, weights: dict[str, np.ndarray]) -> Result:
    """Rows of both tables, with the models' weights."""
    reasons = outcome.reasons
    return Result(_trial_rows(outcome, reasons), _prediction_rows(outcome, reasons), weights, outcome.clipped)


def _trial_rows(outcome: Outcome, reasons: list[str]) -> pd.DataFrame:
    shard, count = outcome.shard, len(outcome.seeds)
    scores = [_scores(outcome, trial, ok=not reason) for trial, reason in enumerate(reasons)]
    pretrained = outcome.pretrained
    return pd.DataFrame(
        {
            "learning": [shard.learning] * count,
            "n": np.full(count, shard.n),
            "m": np.full(count, shard.m),
            "trial": np.array(shard.trials),
            "seed": np.array(outcome.seeds, dtype=np.uint64),
            "status": ["failed" if reason else "ok" for reason in reasons],
            "reason": reasons,
            "mae": [score[0] for score in scores],
            "rmse": [score[1] for score in scores],
            "r2": [score[2] for score in scores],
            "n_test": outcome.tested.real.sum(axis=1),
            "pretrain_epochs": pretrained.epochs if pretrained else np.zeros(count, dtype=np.int64),
            "finetune_epochs": outcome.trained.epochs,
        }
    )


def _scores(outcome: Outcome, trial: int, *, ok: bool) -> tuple[float, float, float]:
    """MAE, RMSE and R2 of one trial's test samples; NaN where it failed."""
    if not ok:
        return np.nan, np.nan, np.nan
    real = outcome.tested.real[trial]
    truth = outcome.target.values[outcome.tested.index[trial][real]]
    predicted = outcome.values[trial][real]
    mae, rmse, r2 = (METRICS[name](truth, predicted) for name in ("mae", "rmse", "r2"))
    return mae, rmse, r2


def _prediction_rows(outcome: Outcome, reasons: list[str]) -> pd.DataFrame:
    """Only trials that did not fail have predictions."""
    ok = np.array([not reason for reason in reasons])
    real = outcome.tested.real & ok[:, None]
    index, side, shard = outcome.tested.index[real], outcome.target, outcome.shard
    trials = np.broadcast_to(np.array(shard.trials)[:, None], real.shape)[real]
    items = np.array(side.items, dtype=object)[side.material[index]]
    return pd.DataFrame(
        {
            "learning": [shard.learning] * len(index),
            "n": np.full(len(index), shard.n),
            "m": np.full(len(index), shard.m),
            "trial": trials,
            "item": [str(item) for item in items],
            "y_true": side.values[index],
            "y_pred": outcome.values[real],
            "y_sim": side.simulated[index],
        }
    )
