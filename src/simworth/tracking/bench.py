"""How long publishing takes, and finding the best trials, beside what a user would write.

python -m simworth.tracking.bench 10000
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from simworth.store import digest
from simworth.tracking.records import Metric, RunRecord

if TYPE_CHECKING:
    from simworth.tracking.mlflow_store import Store

FLUENT_RUNS: Final = 200
"""runs that the plain way is timed on; it takes the same for each"""
_QUESTIONS: Final = 5


@dataclass(frozen=True)
class Line:
    """One comparison."""

    name: str
    ours: float
    against: float
    """what ours is measured against: the plain way, or a limit"""
    unit: str
    ratio: float
    """against / ours"""
    target: float
    """the ratio to reach"""

    @property
    def met(self) -> bool:
        """Whether it was reached."""
        return self.ratio >= self.target


def trials(count: int) -> list[RunRecord]:
    """Runs as a sweep of 30 trials over 11 sizes leaves them, again and again."""
    errors = np.random.default_rng(0).random(count)
    shared = {"task": "density", "source": "radonpy", "target": "polyinfo", "m": "65", "learning": "transfer"}
    shared |= {"source_md5": "0" * 32, "target_md5": "1" * 32, "git_revision": "2" * 40}
    records = []
    for index, error in enumerate(map(float, errors)):
        n, trial = str(100 * (1 + index % 11)), str(index // 11)
        numbers = (error, 1.3 * error, 1 - error, 30.0, 12.0)
        names = ("mae", "rmse", "r2", "pretrain_epochs", "finetune_epochs")
        metrics = tuple(Metric(name, value) for name, value in zip(names, numbers, strict=True))
        tags = {
            "simworth.valuation": "3" * 32,
            "simworth.valuations": "3" * 32,
            "simworth.n": n,
            "mlflow.user": "bench",
        }
        params = {**shared, "n": n, "trial": trial, "seed": str(index)}
        records.append(RunRecord(digest([n, trial]), f"n={n} trial {trial}", params, metrics, tags))
    return records


def measure(count: int = 10_000) -> list[Line]:
    """Publish `count` trials to a fresh default store, and ask for the best of them; compare with the plain API."""
    from simworth.tracking.mlflow_store import Store, plainly, reported

    records = trials(count)
    with tempfile.TemporaryDirectory() as folder:
        uri = f"sqlite:///{folder}/mlflow.db"
        with reported(uri):
            store = Store(uri, Path(folder))
            experiment = store.experiment("density/trials")
            start = time.perf_counter()
            added = store.send(experiment, records, "3" * 32, lambda _: None)
            runs = store.close()
            ours = time.perf_counter() - start
            if not added == runs == count:
                raise AssertionError(f"{added} runs sent, {runs} in the store, {count} wanted")
            asked = statistics.median(_seconds_to_order(store, experiment) for _ in range(_QUESTIONS))
        with reported(uri):
            plain = plainly(f"sqlite:///{folder}/plain.db", records[:FLUENT_RUNS]) / min(count, FLUENT_RUNS) * count
    return [
        Line(f"publishing {count:,} trials", ours, plain, "s", plain / ours, 1.0),
        Line(f"ordering {count:,} trials by MAE", asked, 0.5, "s", 0.5 / asked, 1.0),
    ]


def _seconds_to_order(store: Store, experiment: str) -> float:
    start = time.perf_counter()
    best = store.client.search_runs(
        [experiment], "params.task = 'density'", order_by=["metrics.mae ASC"], max_results=100
    )
    seconds = time.perf_counter() - start
    errors = [run.data.metrics["mae"] for run in best]
    if errors != sorted(errors) or len(errors) != 100:
        raise AssertionError("the best trials are not in order")
    return seconds


if __name__ == "__main__":
    for line in measure(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000):
        sys.stdout.write(json.dumps({**asdict(line), "met": line.met}) + "\n")
