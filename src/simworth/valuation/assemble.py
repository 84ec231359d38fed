"""valuation.json and metrics.json: every task's entry with the releases behind it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simworth.errors import SimworthError
from simworth.valuation.records import STUDY_LAW, Fit, Metrics, Release, ReleaseFile, TaskMetrics, Valuation, Valued


def assemble(fits: Mapping[str, Fit], quality: Mapping[str, Mapping[str, Any]], level: float) -> Valuation:
    """The valuation of all tasks, in the order of `fits` (results/fits/*.json by task).

    `quality` holds data/quality/*.json by database; its `snapshot` is the state of the database's files.
    """
    tasks = {}
    for task, fit in fits.items():
        if fit.level != level:
            raise SimworthError(
                f"fit of {task}: was made at level {fit.level}, the report is for {level}; run dvc repro"
            )
        databases = dict.fromkeys((fit.source, fit.target))
        releases = {name: _snapshot(name, quality) for name in databases}
        tasks[task] = fit.entry.model_copy(update={"releases": releases})
    return Valuation(level=level, tasks=tasks)


def _snapshot(database: str, quality: Mapping[str, Mapping[str, Any]]) -> Release:
    report = quality.get(database)
    if report is None or "snapshot" not in report:
        raise SimworthError(
            f"quality report of {database}: must be there and hold its snapshot (md5, files); run ingest of {database}"
        )
    snapshot = report["snapshot"]
    files = (ReleaseFile(**{key: file[key] for key in ("name", "md5", "rows")}) for file in snapshot["files"])
    return Release(md5=snapshot["md5"], files=tuple(sorted(files, key=lambda file: file.name)))


def metrics_of(valuation: Valuation) -> Metrics:
    """Ten values of every task that has a law."""
    return Metrics(tasks={name: _metrics(one) for name, one in valuation.tasks.items() if isinstance(one, Valued)})


def _metrics(entry: Valued) -> TaskMetrics:
    law = {name: float(entry.law[name].value) for name in STUDY_LAW}
    return TaskMetrics(
        **law,
        n_max=entry.n_max,
        m=entry.m,
        trials=entry.trials,
        mae_at_n_max=entry.mae_at_n_max,
        direct_mae=entry.direct_mae,
        gain_of_doubling=None if entry.gain is None else float(entry.gain.x2.value),
        verdict=entry.verdict,
    )
