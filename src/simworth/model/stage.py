"""The model stage: a task's ensemble of all trials at the largest n, from the store or trained where missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from simworth.config import Settings, settings_with
from simworth.data.kinds import kind_of
from simworth.environment import store_root
from simworth.model.domain import SHARE, Domain, structure_columns
from simworth.model.ensemble import write_ensemble
from simworth.model.held_out import held_out, measured_points
from simworth.model.interval import calibrate
from simworth.model.network import shapes
from simworth.model.weights import stacked
from simworth.prepare.arrays import TaskData
from simworth.prepare.records import Prepared
from simworth.sweep.plan import plan
from simworth.sweep.records import SweepSummary
from simworth.sweep.run import Sweeper
from simworth.sweep.shards import ENGINE_VERSION

_SHARED: Final = {"task", "status", "reason", "property", "unit", "scale", "releases"}
"""fields of the sweep's summary that the card repeats"""
_LIBRARIES: Final = ("numpy", "scipy", "torch", "safetensors")


@dataclass(frozen=True)
class ModelPaths:
    """What the stage reads and writes; every path is an argument."""

    task: str
    params: Path
    prepared: Path
    """folder that `simworth prepare` left"""
    summary: Path
    models: Path
    """folder of this task's ensemble"""


def build(paths: ModelPaths) -> str:
    """Run the stage; a line that says what was made."""
    summary = SweepSummary.read(paths.summary)
    settings = settings_with(paths.params, paths.task)
    shared = summary.model_dump(mode="json", include=_SHARED)
    prepared = Prepared.read(paths.prepared)
    data = prepared.data
    if summary.status != "ok" or data is None:
        reason = prepared.record.reason if data is None else summary.reason
        write_ensemble(paths.models, {**shared, "status": "waiting", "reason": reason}, {})
        return f"{paths.task}: no model: {reason}"
    architecture = settings.tasks[paths.task].training.architecture
    if architecture not in ("", "perceptron", "pairs"):
        reason = f"ensembles of architecture {architecture!r} cannot be taken home; its trials and laws can be read"
        write_ensemble(paths.models, {**shared, "status": "waiting", "reason": reason}, {})
        return f"{paths.task}: no model: {reason}"
    card, tensors = ensemble(settings, paths.task, data, summary.trials)
    card["domain"]["temperature"] = prepared.record.temperatures
    write_ensemble(paths.models, {**shared, **card}, tensors)
    return f"{paths.task}: {len(card['trials'])} networks at n = {card['n']} in {paths.models}"


def ensemble(
    settings: Settings, name: str, data: TaskData, trials: int
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """(what the tensors mean, tensors) of a task's ensemble at the largest n; an adaptive sweep had its own number of
    trials."""
    task = replace(settings.tasks[name], adaptive=None, trials=trials)
    planned = plan(task, data)
    units = [unit for unit in planned.curve if (unit.n, unit.m) == (planned.n_grid[-1], planned.m)]
    units.sort(key=lambda unit: unit.block)
    sweeper = Sweeper(settings, name, data, store_root())
    results = sweeper.run(units)
    chosen = [
        int(trial)
        for result in results
        for trial, status in zip(result.trials["trial"], result.trials["status"], strict=True)
        if status == "ok" and trial < trials
    ]
    weights = stacked([sweeper.weights(unit) for unit in units], chosen)
    predictions = pd.concat([result.predictions for result in results])
    calibration = calibrate(held_out(data, predictions[predictions["trial"].isin(chosen)]), settings.fit.level)
    domains = [Domain.of(points) for points in _points(data)]
    card = {
        "kind": kind_of(data.target.items),
        "descriptors": _descriptors(task.descriptors),
        "input_transform": data.transform.to_dict(),
        "layers": shapes(weights),
        "n": units[0].n,
        "m": units[0].m,
        "trials": chosen,
        "seed": settings.seed,
        "domain": {
            "limits": [domain.limit for domain in domains],
            "share": SHARE,
            "structures": sum(len(domain.points) for domain in domains),
        },
        "interval": None if calibration is None else asdict(calibration),
        "example": data.target.items[0],
        "libraries": {library: version(library) for library in _LIBRARIES},
        "engine": ENGINE_VERSION,
        "units": [sweeper.digest(unit) for unit in units],
    }
    points = {f"domain.points{part}": domain.points for part, domain in enumerate(domains)}
    points |= {f"measured.points{part}": found for part, found in enumerate(measured_points(data))}
    return card, {**weights, **points}


def _points(data: TaskData) -> list[np.ndarray]:
    """(structures, columns) transformed descriptors of all structures in use, an array a part of a sample (polymers,
    solvents), without a pair's temperature."""
    width = structure_columns(data.transform)
    sides = zip(data.source.rows.T, data.target.rows.T, strict=True)
    both = [np.unique(np.concatenate(rows)) for rows in sides]
    return [np.unique(data.inputs[rows][:, :width], axis=0) for rows in both]


def _descriptors(names: Sequence[str]) -> list[dict[str, Any]]:
    from simworth.features import get_featurizer

    found = [get_featurizer(name) for name in names]
    return [
        {"name": one.name, "version": one.version, "digest": one.digest, "columns": len(one.columns)} for one in found
    ]
