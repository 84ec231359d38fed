"""Units that failed for good: recorded with their reason beside everything that did not fail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from simworth.columns import PREDICTION_COLUMNS
from simworth.errors import SimworthError
from simworth.sweep.tables import schema
from simworth.sweep.units import Result, Unit


class UnitsFailed(SimworthError):
    """Some units of a sweep failed twice; the others are kept."""

    def __init__(self, task: str, failed: Mapping[Unit, str], results: Mapping[Unit, Result]) -> None:
        self.failed, self.results = failed, results
        unit, reason = next(iter(failed.items()))
        super().__init__(
            f"task {task}: {len(failed)} of {len(results)} work units failed, the others are kept; "
            f"first: {unit.learning}, n = {unit.n}, trials {unit.trials[0]} to {unit.trials[-1]}: {reason}; "
            "run the same command to try them again"
        )

    def summary(self) -> dict[str, Any]:
        """What a sweep's summary says of it."""
        units = [asdict(unit) | {"reason": reason} for unit, reason in sorted(self.failed.items())]
        return {"status": "failed", "reason": str(self), "failed_units": units}


def hopeless(result: Result) -> str:
    """Why all trials of a unit failed, '' where some did not."""
    failed = result.trials["status"] == "failed"
    return f"every trial failed; first: {result.trials['reason'].iloc[0]}" if failed.all() else ""


def failed_result(unit: Unit, seeds: Sequence[int], reason: str) -> Result:
    """Rows of a unit of which nothing is known but why."""
    count = len(seeds)
    missing = np.full(count, np.nan)
    none = np.zeros(count, dtype=np.int64)
    trials = pd.DataFrame(
        {
            "learning": [unit.learning] * count,
            "n": np.full(count, unit.n),
            "m": np.full(count, unit.m),
            "trial": np.array(unit.trials),
            "seed": np.array(seeds, dtype=np.uint64),
            "status": ["failed"] * count,
            "reason": [reason] * count,
            **dict.fromkeys(("mae", "rmse", "r2"), missing),
            **dict.fromkeys(("n_test", "pretrain_epochs", "finetune_epochs"), none),
        }
    )
    return Result(trials, schema(PREDICTION_COLUMNS).empty_table().to_pandas(), {}, 0)
