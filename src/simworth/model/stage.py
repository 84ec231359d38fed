"""The model stage: a task's ensemble of all trials at the largest n, from the store or trained where missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import numpy as np

from simworth.config import Settings, Task, settings_with
from simworth.model.domain import SHARE, Domain, structure_columns
from simworth.model.ensemble import write_ensemble
from simworth.model.network import shapes
from simworth.model.weights import stacked
from simworth.results import read_json
from simworth.store import store_root
from simworth.sweep.dataset import TaskData, Waiting
from simworth.sweep.plan import plan
from simworth.sweep.run import Sweeper
from simworth.sweep.shards import ENGINE_VERSION
from simworth.sweep.stage import read_data

_LIBRARIES: Final = ("numpy", "scipy", "torch", "safetensors")


@dataclass(frozen=True)
class ModelPaths:
    """What the stage reads and writes; every path is an argument."""

    task: str
    params: Path
    source: Path
    target: Path
    features: Path
    summary: Path
    models: Path
    """folder of this task's ensemble"""


def build(paths: ModelPaths) -> str:
    """Run the stage; a line that says what was made."""
    summary = read_json(paths.summary)
    settings = settings_with(paths.params, paths.task)
    trials = int(summary.get("trials", settings.tasks[paths.task].trials))
    shared = {key: summary[key] for key in ("task", "status", "reason", "property", "unit", "scale", "releases")}
    data = read_data(settings, paths.task, paths.source, paths.target, paths.features)
    if summary["status"] != "ok" or isinstance(data, Waiting):
        reason = data.reason if isinstance(data, Waiting) else str(summary["reason"])
        write_ensemble(paths.models, {**shared, "status": "waiting", "reason": reason}, {})
        return f"{paths.task}: no model: {reason}"
    card, tensors = ensemble(settings, paths.task, data, trials)
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
    domain = Domain.of(_points(data))
    card = {
        "kind": _kind(task, data),
        "descriptors": _descriptors(task.descriptors),
        "input_transform": data.transform.to_dict(),
        "layers": shapes(weights),
        "n": units[0].n,
        "m": units[0].m,
        "trials": chosen,
        "seed": settings.seed,
        "domain": {"limit": domain.limit, "share": SHARE, "structures": len(domain.points)},
        "example": data.target.items[0],
        "libraries": {library: version(library) for library in _LIBRARIES},
        "engine": ENGINE_VERSION,
        "units": [sweeper.digest(unit) for unit in units],
    }
    return card, {**weights, "domain.points": domain.points}


def _points(data: TaskData) -> np.ndarray:
    """(structures, columns) transformed descriptors of all structures in use, without a pair's temperature."""
    rows = np.unique(np.concatenate([data.source.rows.ravel(), data.target.rows.ravel()]))
    return np.unique(data.inputs[rows][:, : structure_columns(data.transform)], axis=0)


def _kind(task: Task, data: TaskData) -> str:
    """What a structure is: pair (polymer|solvent), polymer (a repeat unit), or composition."""
    if task.learning == "multitask":
        return "pair"
    return "polymer" if "*" in data.target.items[0] else "composition"


def _descriptors(names: Sequence[str]) -> list[dict[str, Any]]:
    from simworth.features import get_featurizer

    found = [get_featurizer(name) for name in names]
    return [
        {"name": one.name, "version": one.version, "digest": one.digest, "columns": len(one.columns)} for one in found
    ]
