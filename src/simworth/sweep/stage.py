"""The sweep stage: files in, a task's trial table, prediction table and summary out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import TypeAdapter

from simworth.columns import PREDICTION_COLUMNS, TRIAL_COLUMNS
from simworth.config import Settings, Task, settings_with
from simworth.errors import SimworthError
from simworth.processes import machine
from simworth.store import store_root, write_whole
from simworth.sweep.adaptive import Growing, Judge
from simworth.sweep.dataset import TaskData, Waiting, load_task
from simworth.sweep.estimate import in_words, seconds_left
from simworth.sweep.failed import ShardsFailed
from simworth.sweep.metrics import meanings, with_metrics
from simworth.sweep.paths import Paths
from simworth.sweep.plan import group_cost, groups, plan
from simworth.sweep.progress import say
from simworth.sweep.run import Sweeper
from simworth.sweep.shards import ENGINE_VERSION, Result, Shard
from simworth.sweep.tables import failures, prediction_table, trial_table, write_table


def sweep(paths: Paths, judge: Judge | None = None) -> None:
    """Run the stage. `judge` tells an adaptive task whether more trials would help; without one no task grows."""
    settings = settings_with(paths.params, paths.task)
    data = read_data(settings, paths.task, paths.source, paths.target, paths.features)
    if isinstance(data, Waiting):
        _write(paths, [], settings.tasks[paths.task].trials, _base(settings, paths.task, data))
        return
    sweeper = Sweeper(settings, paths.task, data, store_root())
    growing = Growing(sweeper, plan(settings.tasks[paths.task], data), judge)
    try:
        growing.run()
    except ShardsFailed as error:
        growing.done |= error.results
        _leave(paths, growing, error.summary())
        raise
    if growing.reason:
        say(f"{paths.task}: {growing.reason}")
    _leave(paths, growing, {})


def _leave(paths: Paths, growing: Growing, more: dict[str, Any]) -> None:
    summary = _base(growing.sweeper.settings, paths.task, growing.sweeper.data) | _outcome(growing) | more
    _write(paths, growing.results, growing.trials, summary, growing.task.metrics)


def grid(paths: Paths, settings: Settings) -> list[Result]:
    """Units of the n x m grid: those that the sweep kept, trained again where they are gone; none while waiting."""
    data = read_data(settings, paths.task, paths.source, paths.target, paths.features)
    if isinstance(data, Waiting):
        return []
    return Sweeper(settings, paths.task, data, store_root()).run(plan(settings.tasks[paths.task], data).grid)


def describe_plan(paths: Paths) -> str:
    """What a sweep would train, and how much of it is in the store."""
    settings = settings_with(paths.params, paths.task)
    data = read_data(settings, paths.task, paths.source, paths.target, paths.features)
    if isinstance(data, Waiting):
        return f"{paths.task}: waiting: {data.reason}"
    task = settings.tasks[paths.task]
    sweeper, planned = Sweeper(settings, paths.task, data, store_root()), plan(task, data)
    missing = sweeper.missing(planned.shards)
    on, kept = machine(), sorted({*planned.shards} - {*missing})
    time = in_words(seconds_left(sweeper, missing, kept, on))
    steps = sum(group_cost(task, group) for group in groups(task, missing))
    more = "" if task.adaptive is None else f", then up to {task.adaptive.max_trials} while they narrow the law"
    return (
        f"{paths.task}: n = {', '.join(map(str, planned.n_grid))}; m = {planned.m}; {task.trials} trials{more}; "
        f"{len(planned.shards)} shards, {len(missing)} of them to train, about {steps:,.0f} model-steps, "
        f"{time} with {on.workers} at once on this machine"
    )


def read_data(settings: Settings, name: str, source: Path, target: Path, features: Path) -> TaskData | Waiting:
    """A task's arrays from its files."""
    return load_task(settings, name, _read(source), _read(target), _read(features))


def _read(path: Path) -> pd.DataFrame:
    try:
        return pd.read_parquet(path)
    except (OSError, ValueError) as error:
        raise SimworthError(f"table {path}: cannot be read ({error}); run `dvc repro` to make it") from None


def _base(settings: Settings, name: str, data: TaskData | Waiting) -> dict[str, Any]:
    """The part of a summary that a waiting task has, too."""
    task = settings.tasks[name]
    prop = settings.properties[task.target.property or task.property]
    waiting = isinstance(data, Waiting)
    return {
        "task": name,
        "engine": ENGINE_VERSION,
        "status": "waiting" if waiting else "ok",
        "reason": data.reason if isinstance(data, Waiting) else "",
        "property": task.target.property or task.property,
        "unit": prop.unit,
        "scale": prop.scale,
        "trials": task.trials,
        "seed": settings.seed,
        "settings": TypeAdapter(Task).dump_python(task, mode="json"),
        "releases": {
            side.database: list(settings.databases[side.database].releases) for side in (task.source, task.target)
        },
    }


def _outcome(growing: Growing) -> dict[str, Any]:
    sweeper, planned, results = growing.sweeper, growing.planned, growing.results
    data = sweeper.data
    return growing.summary() | {
        "n_grid": planned.n_grid,
        "n_max": planned.n_grid[-1],
        "m": planned.m,
        "materials": len(data.target.items),
        "simulated": len(data.source.items),
        "overlap": data.overlap,
        "undescribed": data.undescribed,
        "excluded": data.excluded,
        "clipped_predictions": sum(result.clipped for result in results),
        "failed_trials": failures(trial_table(results, growing.trials)),
        "units": [_shard(sweeper, shard) for shard in sorted(planned.curve)],
        "input_transform": data.transform.to_dict(),
    }


def _shard(sweeper: Sweeper, shard: Shard) -> dict[str, Any]:
    return {
        "learning": shard.learning,
        "n": shard.n,
        "m": shard.m,
        "block": shard.block,
        "digest": sweeper.digest(shard),
    }


def _write(
    paths: Paths, results: list[Result], trials: int, summary: dict[str, Any], metrics: tuple[str, ...] = ()
) -> None:
    predictions = prediction_table(results, trials)
    table = with_metrics(trial_table(results, trials), predictions, metrics)
    write_table(paths.trials, table, TRIAL_COLUMNS | meanings(metrics))
    write_table(paths.predictions, predictions, PREDICTION_COLUMNS)
    assert paths.summary is not None
    write_whole(paths.summary, (json.dumps(summary, indent=1, sort_keys=True) + "\n").encode())
