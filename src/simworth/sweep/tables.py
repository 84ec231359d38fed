"""From trained models to the rows of a shard, and from finished shards to a task's tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from simworth.columns import PREDICTION_COLUMNS, TRIAL_COLUMNS
from simworth.errors import SimworthError
from simworth.files import schema
from simworth.prepare.arrays import SideData
from simworth.sweep.metrics import TRIAL, with_metrics
from simworth.sweep.records import FailedShard, FailedTrials
from simworth.sweep.shards import Result, Shard

if TYPE_CHECKING:  # they load torch, which tables do not need
    from simworth.learning.training import Trained
    from simworth.sweep.samples import Samples


def trial_table(results: list[Result], trials: int) -> pd.DataFrame:
    """TRIAL_COLUMNS of the trials below `trials`, sorted by learning, n, m, trial."""
    return _stack([one.trials for one in results], TRIAL_COLUMNS, trials).sort_values(TRIAL, ignore_index=True)


def prediction_table(results: list[Result], trials: int) -> pd.DataFrame:
    """PREDICTION_COLUMNS of the same trials, sorted like them, then by item and value."""
    table = _stack([one.predictions for one in results], PREDICTION_COLUMNS, trials)
    return table.sort_values([*TRIAL, "item", "y_true"], kind="stable", ignore_index=True)


def _stack(tables: list[pd.DataFrame], columns: dict[str, str], trials: int) -> pd.DataFrame:
    if not tables:
        return pd.DataFrame(schema(columns).empty_table().to_pandas())
    table = pd.concat(tables, ignore_index=True)
    return table[table["trial"] < trials].reindex(columns=list(columns))


def failures(trials: pd.DataFrame) -> FailedTrials:
    """Count and first reason of the trials that failed."""
    failed = trials[trials["status"] == "failed"]
    return FailedTrials(count=len(failed), first="" if failed.empty else str(failed["reason"].iloc[0]))


@dataclass(frozen=True)
class TrainedShard:
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


def result_of(outcome: TrainedShard, weights: dict[str, np.ndarray]) -> Result:
    """Rows of both tables, with the models' weights."""
    reasons, pretrained = outcome.reasons, outcome.pretrained
    predictions, tested = _prediction_rows(outcome, reasons), outcome.tested.real.sum(axis=1)
    epochs = pretrained.epochs if pretrained else np.zeros_like(tested), outcome.trained.epochs
    trials = _trial_rows(outcome.shard, outcome.seeds, reasons, predictions, tested, epochs)
    return Result(trials, predictions, weights, outcome.clipped)


def _trial_rows(
    shard: Shard,
    seeds: Sequence[int],
    reasons: list[str],
    predictions: pd.DataFrame,
    tested: np.ndarray,
    epochs: tuple[np.ndarray, np.ndarray],
) -> pd.DataFrame:
    """`tested` (trials,) samples; `epochs` (trials,) of both trainings; errors are those of the `predictions`."""
    count, (pretraining, finetuning) = len(seeds), epochs
    rows = pd.DataFrame(
        {
            "learning": [shard.learning] * count,
            "n": np.full(count, shard.n),
            "m": np.full(count, shard.m),
            "trial": np.array(shard.trials),
            "seed": np.array(seeds, dtype=np.uint64),
            "status": ["failed" if reason else "ok" for reason in reasons],
            "reason": reasons,
            "n_test": tested,
            "pretrain_epochs": pretraining,
            "finetune_epochs": finetuning,
        }
    )
    return with_metrics(rows, predictions, ("mae", "rmse", "r2"))[list(TRIAL_COLUMNS)]


def _prediction_rows(outcome: TrainedShard, reasons: list[str]) -> pd.DataFrame:
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


class ShardsFailed(SimworthError):
    """Some shards of a sweep failed twice; the others are kept."""

    def __init__(self, task: str, failed: Mapping[Shard, str], results: Mapping[Shard, Result]) -> None:
        self.failed, self.results = failed, results
        shard, reason = next(iter(failed.items()))
        super().__init__(
            f"task {task}: {len(failed)} of {len(results)} shards failed, the others are kept; "
            f"first: {shard.learning}, n = {shard.n}, trials {shard.trials[0]} to {shard.trials[-1]}: {reason}; "
            "run the same command to try them again"
        )

    @property
    def shards(self) -> tuple[FailedShard, ...]:
        """Those that failed, and why."""
        return tuple(FailedShard(**asdict(shard), reason=reason) for shard, reason in sorted(self.failed.items()))


def failed_wholly(result: Result) -> str:
    """Why all trials of a shard failed, '' where some did not."""
    failed = result.trials["status"] == "failed"
    return f"every trial failed; first: {result.trials['reason'].iloc[0]}" if failed.all() else ""


def failed_result(shard: Shard, seeds: Sequence[int], reason: str) -> Result:
    """Rows of a shard of which nothing is known but why."""
    none, predictions = np.zeros(len(seeds), dtype=np.int64), schema(PREDICTION_COLUMNS).empty_table().to_pandas()
    trials = _trial_rows(shard, seeds, [reason] * len(seeds), predictions, none, (none, none))
    return Result(trials, predictions, {}, 0)
