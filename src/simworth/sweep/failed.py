"""Shards that failed for good: recorded with their reason beside everything that did not fail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict

import numpy as np
import pandas as pd

from simworth.columns import PREDICTION_COLUMNS
from simworth.errors import SimworthError
from simworth.files import schema
from simworth.sweep.records import FailedShard
from simworth.sweep.shards import Result, Shard


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
    count = len(seeds)
    missing = np.full(count, np.nan)
    none = np.zeros(count, dtype=np.int64)
    trials = pd.DataFrame(
        {
            "learning": [shard.learning] * count,
            "n": np.full(count, shard.n),
            "m": np.full(count, shard.m),
            "trial": np.array(shard.trials),
            "seed": np.array(seeds, dtype=np.uint64),
            "status": ["failed"] * count,
            "reason": [reason] * count,
            **dict.fromkeys(("mae", "rmse", "r2"), missing),
            **dict.fromkeys(("n_test", "pretrain_epochs", "finetune_epochs"), none),
        }
    )
    return Result(trials, schema(PREDICTION_COLUMNS).empty_table().to_pandas(), {}, 0)
