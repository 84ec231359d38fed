"""The stage sweep: a prepared task in, trial table, prediction table and summary out."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import TypeAdapter

from simworth.columns import PREDICTION_COLUMNS, TRIAL_COLUMNS
from simworth.config import Task, settings_with
from simworth.config.resolve import ResolvedTask, resolve
from simworth.digests import table_digest
from simworth.files import read_table, write_table
from simworth.learning import ENGINE_VERSION
from simworth.prepare.records import Prepared
from simworth.sweep.adaptive import Growing, Judge
from simworth.sweep.metrics import meanings, with_metrics
from simworth.sweep.notes import leave_note
from simworth.sweep.plan import Plan, plan
from simworth.sweep.records import SweepSummary, UsedShard
from simworth.sweep.run import Sweeper
from simworth.sweep.shards import Result
from simworth.sweep.tables import ShardsFailed, failures, prediction_table, trial_table
from simworth.terminal import say


@dataclass(frozen=True)
class SweepPaths:
    """What the stage reads and writes; every path is an argument."""

    task: str
    params: Path
    prepared: Path
    """folder that `simworth prepare` left"""
    trials: Path
    predictions: Path
    summary: Path


def sweep(paths: SweepPaths, judge: Judge | None = None) -> None:
    """Run the stage. `judge` tells an adaptive task whether more trials would help; without one no task grows."""
    settings, prepared = settings_with(paths.params, paths.task), Prepared.read(paths.prepared)
    what, data = resolve(settings, paths.task), prepared.data
    summary = _summary(what, prepared)
    if data is None:
        _write(paths, [], summary)
        return
    sweeper = Sweeper(settings, paths.task, data)
    growing = Growing(sweeper, plan(what.task, data), judge)
    leave_note(sweeper.store, what, sweeper.names(growing.planned.shards))
    try:
        growing.run()
    except ShardsFailed as error:
        growing.done |= error.results
        failed = {"status": "failed", "reason": str(error), "failed_shards": error.shards}
        _write(paths, growing.results, _trained(growing, summary).model_copy(update=failed), what.task.metrics)
        raise
    if growing.reason:
        say(f"{paths.task}: {growing.reason}")
    _write(paths, growing.results, _trained(growing, summary), what.task.metrics)
    trials = table_digest(read_table(paths.trials, list(TRIAL_COLUMNS)))
    leave_note(sweeper.store, what, sweeper.names(growing.planned.shards), trials)


def grid(params: Path, name: str, prepared: Path) -> list[Result]:
    """Shards of the n x m grid: those that the sweep kept, trained again where they are gone; none while waiting."""
    found = _planned(params, name, prepared)
    return found[0].run(found[1].grid) if found else []


def planned_names(params: Path, name: str, prepared: Path) -> set[str]:
    """Names of the shards that a task's present settings give; none while it waits."""
    found = _planned(params, name, prepared)
    return set(found[0].names(found[1].shards)) if found else set()


def _planned(params: Path, name: str, prepared: Path) -> tuple[Sweeper, Plan] | None:
    settings, data = settings_with(params, name), Prepared.read(prepared).data
    return None if data is None else (Sweeper(settings, name, data), plan(settings.tasks[name], data))


def _summary(what: ResolvedTask, prepared: Prepared) -> SweepSummary:
    """Of a task that has not been trained."""
    record = prepared.record
    sides = {"source": record.source, "target": record.target}
    return SweepSummary(
        task=what.name,
        engine=ENGINE_VERSION,
        status=record.status,
        reason=record.reason,
        property=what.measured.property,
        unit=what.measured.unit,
        scale=what.measured.scale,
        trials=what.task.trials,
        seed=what.seed,
        settings=TypeAdapter(Task).dump_python(what.task, mode="json"),
        releases=what.releases,
        materials=record.target.materials,
        simulated=record.source.materials,
        overlap=record.overlap,
        undescribed={name: side.undescribed for name, side in sides.items()},
        undescribed_classes={name: side.undescribed_classes for name, side in sides.items()},
        excluded={f"{name}: {why}": n for name, side in sides.items() for why, n in side.left_out.items()},
    )


def _trained(growing: Growing, summary: SweepSummary) -> SweepSummary:
    """The same with what training found."""
    sweeper, planned, results = growing.sweeper, growing.planned, growing.results
    return summary.model_copy(
        update={
            "trials": growing.trials,
            "n_grid": tuple(planned.n_grid),
            "n_max": planned.n_grid[-1],
            "m": planned.m,
            "clipped_predictions": sum(result.clipped for result in results),
            "failed_trials": failures(trial_table(results, growing.trials)),
            "adaptive": growing.growth,
            "shards": tuple(
                UsedShard(**asdict(shard), digest=sweeper.digest(shard)) for shard in sorted(planned.curve)
            ),
        }
    )


def _write(paths: SweepPaths, results: list[Result], summary: SweepSummary, metrics: tuple[str, ...] = ()) -> None:
    predictions = prediction_table(results, summary.trials)
    table = with_metrics(trial_table(results, summary.trials), predictions, metrics)
    write_table(paths.trials, table, TRIAL_COLUMNS | meanings(metrics))
    write_table(paths.predictions, predictions, PREDICTION_COLUMNS)
    summary.write(paths.summary)
