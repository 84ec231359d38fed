"""Lines on MLflow: how long publishing takes, and finding the best trials, beside what a user would write."""

from __future__ import annotations

import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from benchmarks.lines import Line, Target
from benchmarks.postgres import free_port, temporary_postgres
from benchmarks.same import WorkDiffers
from simworth.digests import digest
from simworth.environment import exported
from simworth.tracking.records import Metric, RunRecord

if TYPE_CHECKING:
    from simworth.tracking.mlflow_store import Store

SEND: Final = Target("publishing to a fresh SQLite store", "the plain fluent API, one run at a time", "s", 1.0)
SHARE: Final = Target("publishing to a fresh SQLite store", "a tenth of the time that training them takes", "s", 1.0)
ORDER: Final = Target("ordering the trials by MAE", "half a second", "s", 1.0)
SERVER: Final = Target("publishing to a server on PostgreSQL", "60 trials a second", "/s", 1.0)
BEHIND: Final = Target("publishing to the PostgreSQL behind a server", "60 trials a second", "/s", 1.0)
_RATE: Final = 60.0
"""trials a second"""
_LIMIT: Final = 0.5
"""seconds for ordering"""
_BEST: Final = 100
"""trials that are asked for"""


@dataclass(frozen=True)
class PublishLoad:
    """How much is timed."""

    trials: int = 10_000
    fluent: int = 200
    """runs that the plain way is timed on; it takes the same for each"""
    rounds: int = 3
    questions: int = 5
    to_server: int = 300
    """runs sent over HTTP"""
    behind: int = 3300
    """runs sent to the database behind the server"""


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


def publishing_lines(load: PublishLoad, per_trial: float, how: str) -> list[Line]:
    """`per_trial`: seconds that training one trial takes on this machine, measured as `how` says."""
    from simworth.tracking.mlflow_store import reported

    records, few = trials(load.trials), min(load.fluent, load.trials)
    with tempfile.TemporaryDirectory() as folder:
        sends, plain, asked = [], [], 0.0
        for index in range(load.rounds):
            spent, seconds = _send(Path(folder) / str(index), records, load.questions if not index else 0)
            sends.append(spent)
            asked = asked or seconds
            uri = f"sqlite:///{folder}/plain{index}.db"
            with reported(uri):
                plain.append(plainly(uri, records[:few]) / few)
            if not index:
                _same_runs(Path(folder) / "0" / "mlflow.db", Path(folder) / "plain0.db", few)
    ours, one = statistics.median(sends), statistics.median(plain)
    size = f"{load.trials:,} trials"
    ratios = [b * load.trials / a for a, b in zip(sends, plain, strict=True)]
    sampled = f"the plain way was timed on {few} runs and scaled; {load.rounds} rounds"
    lines = [SEND.measured(ours, one * load.trials, size=size, spread=ratios, note=sampled)]
    lines += [SHARE.measured(ours, 0.1 * per_trial * load.trials, size=size, note=how)]
    return [*lines, ORDER.measured(asked, _LIMIT, size=f"{size}, the best {_BEST}")]


def server_lines(load: PublishLoad) -> list[Line]:
    """Rates to `mlflow server` on PostgreSQL: over HTTP alone, and with the database named."""
    from simworth.tracking.server import serving

    with (
        tempfile.TemporaryDirectory() as folder,
        temporary_postgres() as database,
        serving(database, Path(folder), free_port()) as (address, _),
    ):
        over = _rate(address, Path(folder), "over/trials", trials(load.to_server))
        with exported({"SIMWORTH_MLFLOW_DATABASE": database}):
            behind = _rate(address, Path(folder), "behind/trials", trials(load.behind))
    note = "one worker of the server, which is what it waits for: `mlflow server --workers` adds to it"
    return [
        SERVER.measured(over, _RATE, rate=True, size=f"{load.to_server:,} trials", note=note),
        BEHIND.measured(behind, _RATE, rate=True, size=f"{load.behind:,} trials", note="SIMWORTH_MLFLOW_DATABASE"),
    ]


def _rate(address: str, root: Path, name: str, records: list[RunRecord]) -> float:
    """Runs a second, after checking that each is there once."""
    from simworth.tracking.mlflow_store import Store, reported

    with reported(address):
        store = Store(address, root)
        experiment = store.experiment(name)
        start = time.perf_counter()
        store.send(experiment, records, "3" * 32, lambda _: None)
        spent = time.perf_counter() - start
        there = len(store.client.search_runs([experiment], max_results=len(records) + 1))
        if there != len(records) or store.send(experiment, records, "3" * 32, lambda _: None):
            raise WorkDiffers(f"publishing: {there} runs on the server, {len(records)} sent")
    return len(records) / spent


def plainly(uri: str, records: list[RunRecord]) -> float:
    """Seconds for what a user would write, one run at a time with the fluent API and default settings."""
    import mlflow

    from simworth.tracking.mlflow_store import tracking_to

    with tracking_to(uri):
        mlflow.set_experiment("plain")
        start = time.perf_counter()
        for record in records:
            with mlflow.start_run(run_name=record.name, tags=record.tags):
                mlflow.log_params(record.params)
                mlflow.log_metrics({one.key: one.value for one in record.metrics})
        return time.perf_counter() - start


def _send(root: Path, records: list[RunRecord], questions: int) -> tuple[float, float]:
    """Seconds to publish to a fresh default store below `root`, and the median of ordering them."""
    from simworth.tracking.mlflow_store import Store, reported

    root.mkdir()
    uri = f"sqlite:///{root}/mlflow.db"
    with reported(uri):
        store = Store(uri, root)
        experiment = store.experiment("density/trials")
        start = time.perf_counter()
        added = store.send(experiment, records, "3" * 32, lambda _: None)
        runs = store.close()
        spent = time.perf_counter() - start
        if not added == runs == len(records):
            raise WorkDiffers(f"publishing: {added} runs sent, {runs} in the store, {len(records)} wanted")
        asked = [_seconds_to_order(store, experiment, min(_BEST, len(records))) for _ in range(questions)]
    return spent, statistics.median(asked) if asked else 0.0


def _seconds_to_order(store: Store, experiment: str, best: int) -> float:
    start = time.perf_counter()
    runs = store.client.search_runs(
        [experiment], "params.task = 'density'", order_by=["metrics.mae ASC"], max_results=best
    )
    seconds = time.perf_counter() - start
    errors = [run.data.metrics["mae"] for run in runs]
    if errors != sorted(errors) or len(errors) != best:
        raise WorkDiffers("publishing: the best trials are not in order")
    return seconds


def _same_runs(ours: Path, plain: Path, count: int) -> None:
    """Both stores hold the same parameters and metrics for the runs that both were given; raises WorkDiffers."""
    first, second = _contents(ours), _contents(plain)
    if len(second) != count:
        raise WorkDiffers(f"publishing: the plain API left {len(second)} runs, {count} were sent")
    wrong = [name for name, content in second.items() if first.get(name) != content]
    if wrong:
        raise WorkDiffers(f"publishing: run {wrong[0]!r} does not hold what the plain API logs")


def _contents(file: Path) -> dict[str, set[tuple[str, str, object]]]:
    """Run name -> its parameters and metrics."""
    import sqlite3
    from contextlib import closing

    found: dict[str, set[tuple[str, str, object]]] = {}
    with closing(sqlite3.connect(file)) as database:
        for table in ("params", "metrics"):
            query = f"SELECT runs.name, key, value FROM {table} JOIN runs USING (run_uuid)"
            for name, key, value in database.execute(query):
                found.setdefault(name, set()).add((table, key, value))
    return found
