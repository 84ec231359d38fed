"""From a task's tables to the records that MLflow is given."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from simworth.columns import TRIAL_COLUMNS
from simworth.digests import digest, file_digest, valuation_digest
from simworth.files import read_table
from simworth.sweep.records import SweepSummary
from simworth.tracking.provenance import Provenance
from simworth.tracking.receipt import Paths
from simworth.tracking.records import (
    VALUATION_TAG,
    VALUATIONS_TAG,
    DatasetRecord,
    Metric,
    RunRecord,
    SizeRecord,
    TaskContent,
)
from simworth.valuation.laws import study_law
from simworth.valuation.pieces import Point
from simworth.valuation.records import Fit, TaskEntry, Unvalued, Valued
from simworth.valuation.settle import decisions
from simworth.valuation.words import verdict_sentence

_MEASURES: Final = ("mae", "rmse", "r2", "pretrain_epochs", "finetune_epochs")
_FACTS: Final = ("property", "unit", "scale", "n_max", "m", "materials", "simulated", "overlap", "trials", "seed")
"""of a sweep's summary, shown as parameters of the valuation's run"""


@dataclass(frozen=True)
class _Task:
    """What all runs of a task share."""

    name: str
    valuation: str
    where: Provenance
    summary: SweepSummary
    fit: Fit
    snapshots: dict[str, str]
    """database -> DVC's md5 of its folder"""
    private: bool
    """whether aggregates alone may be sent"""

    @property
    def params(self) -> dict[str, str]:
        """Parameters by which a user finds a task, a release and a revision, the same on every run."""
        shared = {"task": self.name}
        for side in ("source", "target"):
            database = str(getattr(self.fit, side))
            shared[side] = database
            shared[f"{side}_release"] = ", ".join(self.summary.releases[database])
            shared[f"{side}_md5"] = self.snapshots[database]
        return shared | {"git_revision": self.where.revision or "unknown"}

    @property
    def tags(self) -> dict[str, str]:
        """Tags that every run of the valuation carries."""
        return {VALUATION_TAG: self.valuation, VALUATIONS_TAG: self.valuation, **self.where.tags()}


def task_content(paths: Paths, task: str, where: Provenance, restricted: Collection[str]) -> TaskContent | None:
    """All runs of a task, aggregates alone where one of its databases is `restricted`; None where its sweep is waiting
    for data."""
    summary = SweepSummary.read(paths.summary(task))
    if summary.status == "waiting":
        return None
    tables = paths.tables(task)
    fit, trials = tables.fit, tables.trials
    databases = dict.fromkeys((fit.source, fit.target))
    snapshots = {name: paths.quality_of(name).snapshot.md5 for name in databases}
    private = any(name in restricted for name in databases)
    valuation = valuation_digest(trials, tables.predictions, fit.level, fit.law_version, fit.laws)
    shared = _Task(task, valuation, where, summary, fit, snapshots, private)
    sizes = tuple(_size(shared, key, rows) for key, rows in trials.groupby(["learning", "n", "m"]))
    card, tensors = (paths.model(task) / name for name in ("model.json", "ensemble.safetensors"))
    model = paths.model(task) if not private and tensors.is_file() else None  # a waiting task has a card alone
    return TaskContent(
        task=task,
        valuation=shared.valuation,
        parent=_parent(shared, sizes),
        datasets=_datasets(shared),
        sizes=sizes,
        trials=tuple(_trials(shared, paths)),
        model=model,
        model_digest=file_digest(card) if model else "",
        private=private,
    )


def _trials(task: _Task, paths: Paths) -> Iterable[RunRecord]:
    """Of the curve, with the metrics that the task names, and of the surface where there is one; a trial of both is one
    run."""
    asked = task.summary.settings.get("metrics")
    named = [str(name) for name in asked] if isinstance(asked, list) else []
    curve = read_table(paths.trials / f"{task.name}.parquet", [*TRIAL_COLUMNS, *named])
    records = {record.key: record for record in _of_table(task, curve, (*_MEASURES, *named))}
    surface = paths.surfaces / f"{task.name}.parquet"
    if surface.is_file():
        grid = {record.key: record for record in _of_table(task, read_table(surface, list(TRIAL_COLUMNS)), _MEASURES)}
        records = {**records, **grid, **records}
    return records.values()


def _of_table(task: _Task, trials: pd.DataFrame, measures: Sequence[str]) -> Iterable[RunRecord]:
    params, tags = task.params, task.tags
    for row in trials.to_dict("records"):
        failed = row["status"] != "ok"
        reason = {} if task.private else _reason(row["reason"])  # it may name a structure
        # the row alone decides: a release that leaves a task's trials as they were adds none
        key = digest([task.name, [str(row[column]) for column in TRIAL_COLUMNS]])
        own = {name: str(row[name]) for name in ("learning", "n", "m", "trial", "seed")}
        yield RunRecord(
            key=key,
            name=f"{row['learning']} n={row['n']} m={row['m']} trial {row['trial']}",
            params=params | own,
            metrics=tuple(_metrics((name, row[name]) for name in measures)),
            tags={**tags, "simworth.n": str(row["n"]), **_source("sweep"), **reason},
            failed=failed,
        )


def _size(task: _Task, key: Any, rows: pd.DataFrame) -> SizeRecord:
    learning, n, m = str(key[0]), int(key[1]), int(key[2])
    fine = rows[rows["status"] == "ok"].sort_values("trial")
    best = int(fine["trial"].iloc[int(fine["mae"].argmin())]) if len(fine) else None
    point = _point(task.fit, n) if m == task.summary.m else None
    numbers = {
        "mae": point.mae if point else fine["mae"].mean(),  # a material counts once, as on the curve
        "mae_mean_of_trials": fine["mae"].mean(),
        "mae_low": point and point.low,
        "mae_high": point and point.high,
        "mae_best_trial": fine["mae"].min(),
        "mae_sd_of_trials": fine["mae"].std(),
        "rmse": fine["rmse"].mean(),
        "r2": fine["r2"].mean(),
        "trials": len(fine),
        "failed_trials": len(rows) - len(fine),
        "pretrain_epochs": fine["pretrain_epochs"].mean(),
        "finetune_epochs": fine["finetune_epochs"].mean(),
    }
    run = RunRecord(
        key=digest([task.valuation, learning, n, m]),
        name=f"direct learning, m = {m}" if n == 0 else f"n = {n}, m = {m}",
        params=task.params | {"learning": learning, "n": str(n), "m": str(m)},
        metrics=tuple(_metrics(numbers.items())),
        tags={**task.tags, "simworth.n": str(n), "simworth.kind": "size", **_source("sweep")},
        failed=best is None,
    )
    shards = [one for one in task.summary.shards if (one.learning, one.n, one.m) == (learning, n, m)]
    ordered = sorted(shards, key=lambda one: one.block)
    return SizeRecord(run, tuple(one.digest for one in ordered), tuple(fine["trial"]), best)


def _point(fit: Fit, n: int) -> Point | None:
    """The curve's point at one n (0: direct learning), None where there is none."""
    return fit.direct if n == 0 else next((point for point in fit.curve if point.n == n), None)


def _parent(task: _Task, sizes: tuple[SizeRecord, ...]) -> RunRecord:
    entry, shared = task.fit.entry, task.params
    settings = _flat(task.summary.settings)
    facts: dict[str, str] = {name: str(getattr(task.summary, name)) for name in _FACTS}
    tags = {
        **task.tags,
        **_source("fit"),
        "simworth.kind": "valuation",
        "simworth.status": entry.status,
        "simworth.law_version": task.fit.law_version,
        **_verdict(entry),
    }
    # what tells runs apart comes first: lists and legends cut a name after some twenty letters
    size = f"n to {task.summary.n_max}, {task.summary.trials} trials"
    return RunRecord(
        key=digest([task.name, task.valuation]),
        name=f"{task.name}, {shared['source_release']}, {size}, on {shared['target_release']}",
        params={**settings, **facts, **shared, "level": str(task.fit.level)},
        metrics=(*_curve(task.fit, sizes), *_metrics(_law(entry).items())),
        tags=tags,
    )


def _verdict(entry: TaskEntry) -> dict[str, str]:
    """The verdict with its one reason, or why there is none."""
    if isinstance(entry, Unvalued):
        return _reason(entry.reason)
    said = "\n\n".join([verdict_sentence(entry.verdict, entry.verdict_reason), *decisions(entry)])
    ends = {"simworth.excluded": entry.excluded, "simworth.to_settle": entry.to_settle}
    told = {name: "; ".join(texts) for name, texts in ends.items() if texts}
    return {"simworth.verdict": entry.verdict, "simworth.gap": entry.gap, **told, **_reason(said)}


def _curve(fit: Fit, sizes: tuple[SizeRecord, ...]) -> Iterable[Metric]:
    """The learning curve, step = n; direct learning is a level line from the least n to the largest."""
    for point in fit.curve:
        yield from _metrics([("mae", point.mae), ("mae_low", point.low), ("mae_high", point.high)], point.n)
    if not fit.curve:  # no law could be fitted: the trials' mean still stands
        for size in sizes:
            means = [metric.value for metric in size.run.metrics if metric.key == "mae"]
            yield from _metrics((("mae", mean) for mean in means), int(size.run.params["n"]))
    if isinstance(fit.entry, Valued):
        law = study_law(fit.entry.law)
        for n in (point.n for point in fit.curve):
            yield from _metrics([("mae_by_law", law(float(n))), ("mae_direct_learning", fit.entry.direct_mae)], n)


def _law(entry: TaskEntry) -> dict[str, float | None]:
    """The fit's numbers. MLflow draws charts in the order of names: the law, the curve, then ranges and predictions."""
    if isinstance(entry, Unvalued):
        return {}
    numbers: dict[str, float | None] = {"mae_at_n_max": entry.mae_at_n_max}
    for name, estimate in entry.law.items():
        numbers |= {name: estimate.value}
        numbers |= {f"range_{name}_low": estimate.low, f"range_{name}_high": estimate.high}
    for name, ahead in entry.forecast.items():
        numbers |= {f"predicted_{name}": ahead.mae}
        numbers |= {f"predicted_{name}_low": ahead.low, f"predicted_{name}_high": ahead.high}
    if entry.gain is not None:
        numbers |= dict(zip(("gain_x2", "gain_x2_low", "gain_x2_high"), entry.gain.x2, strict=True))
        numbers |= {f"gain_x2_above_{float(x):.0%}".rstrip("%"): p for x, p in entry.gain.p_more_than.items()}
    for row in entry.required_n:
        if row.relative is not None:
            named = f"needed_n_{1 - row.relative:.0%}_less".replace("%", "")
            numbers |= {named: row.n, f"{named}_low": row.low, f"{named}_high": row.high}
    return numbers


def _datasets(task: _Task) -> tuple[DatasetRecord, ...]:
    sides = (("pretraining", task.fit.source), ("fine-tuning", task.fit.target))
    named = {name: ", ".join(why for why, other in sides if other == name) for _, name in sides}
    return tuple(
        DatasetRecord(name, task.snapshots[name], f"data/raw/{name}", context) for name, context in named.items()
    )


def _metrics(numbers: Iterable[tuple[str, Any]], step: int = 0) -> Iterable[Metric]:
    """Those that are finite numbers; an unbounded end of an interval is left out."""
    for key, value in numbers:
        if value is not None and math.isfinite(value):
            yield Metric(key, float(value), step)


def _flat(settings: Mapping[str, object], prefix: str = "") -> dict[str, str]:
    """{'training': {'patience': 5}} -> {'training.patience': '5'}."""
    flat: dict[str, str] = {}
    for key, value in settings.items():
        flat |= _flat(value, f"{prefix}{key}.") if isinstance(value, Mapping) else {f"{prefix}{key}": str(value)}
    return flat


def _source(command: str) -> dict[str, str]:
    return {"mlflow.source.name": f"simworth {command}", "mlflow.source.type": "LOCAL"}


def _reason(text: object) -> dict[str, str]:
    return {"mlflow.note.content": str(text)} if text else {}
