"""The model stage: a task's ensemble of all trials at the largest n, from the store or trained where missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from simworth.config import Settings, Task, settings_with
from simworth.data.kinds import kind_of
from simworth.learning import ENGINE_VERSION
from simworth.model.domain import SHARE, Domain, structure_columns
from simworth.model.ensemble import Ensemble, shapes, stacked, write_ensemble, write_none
from simworth.model.interval import calibrate, held_out
from simworth.model.records import Descriptor, DomainFacts, ModelCard, NoModel
from simworth.prepare.arrays import SideData, TaskData
from simworth.prepare.records import Prepared
from simworth.sweep.plan import plan
from simworth.sweep.records import SweepSummary
from simworth.sweep.run import Sweeper

_LIBRARIES: Final = ("numpy", "scipy", "torch", "safetensors")


def build(task: str, params: Path, prepared: Path, summary: Path, models: Path) -> str:
    """Put a task's ensemble into `models`, from what `simworth prepare` and `simworth sweep` left; what was made."""
    swept, ready, settings = SweepSummary.read(summary), Prepared.read(prepared), settings_with(params, task)
    reason = _reason(settings.tasks[task], swept, ready)
    if ready.data is None or reason:
        write_none(models, NoModel(task=task, status="waiting", reason=reason))
        return f"{task}: no model: {reason}"
    made = ensemble(settings, swept, ready.data, ready.record.temperatures)
    write_ensemble(models, made.card, made.tensors)
    return f"{task}: {len(made.card.trials)} networks at n = {made.card.n} in {models}"


def _reason(task: Task, summary: SweepSummary, prepared: Prepared) -> str:
    """Why there can be no model, '' where there can."""
    if prepared.data is None:
        return prepared.record.reason
    if summary.status == "ok" and task.training.architecture not in ("", "perceptron", "pairs"):
        name = task.training.architecture
        return f"ensembles of architecture {name!r} cannot be taken home; its trials and laws can be read"
    return summary.reason


def ensemble(
    settings: Settings, summary: SweepSummary, data: TaskData, temperatures: tuple[float, float] | None
) -> Ensemble:
    """A task's ensemble at the largest n; `temperatures` are the lowest and highest of its samples in K."""
    # an adaptive sweep had its own number of trials
    task = replace(settings.tasks[summary.task], adaptive=None, trials=summary.trials)
    planned = plan(task, data)
    shards = [one for one in planned.curve if (one.n, one.m) == (planned.n_grid[-1], planned.m)]
    shards.sort(key=lambda one: one.block)
    sweeper = Sweeper(settings, summary.task, data)
    results = sweeper.run(shards)
    table = pd.concat([result.trials for result in results])
    chosen = table.loc[(table["status"] == "ok") & (table["trial"] < summary.trials), "trial"].astype(int).tolist()
    weights = stacked([sweeper.weights(one) for one in shards], chosen)
    predictions = pd.concat([result.predictions for result in results])
    domains = [Domain.of(points) for points in _points(data, data.source, data.target)]
    card = ModelCard(
        task=summary.task,
        property=summary.property,
        unit=summary.unit,
        scale=summary.scale,
        releases=summary.releases,
        kind=kind_of(data.target.items),
        descriptors=_descriptors(task.descriptors),
        input_transform=data.transform,
        layers=shapes(weights),
        n=shards[0].n,
        m=shards[0].m,
        trials=tuple(chosen),
        seed=settings.seed,
        domain=DomainFacts(
            limits=tuple(domain.limit for domain in domains),
            share=SHARE,
            structures=sum(len(domain.points) for domain in domains),
            temperature=temperatures,
        ),
        interval=calibrate(held_out(data, predictions[predictions["trial"].isin(chosen)]), settings.fit.level),
        example=data.target.items[0],
        libraries={library: version(library) for library in _LIBRARIES},
        engine=ENGINE_VERSION,
        shards=tuple(sweeper.names(shards)),
    )
    points = {f"domain.points{part}": domain.points for part, domain in enumerate(domains)}
    points |= {f"measured.points{part}": found for part, found in enumerate(_points(data, data.target))}
    return Ensemble(card, {**weights, **points})


def _points(data: TaskData, *sides: SideData) -> list[np.ndarray]:
    """(structures, columns) transformed descriptors of the structures of `sides`, an array a part of a sample
    (polymers, solvents), without a pair's temperature."""
    width = structure_columns(data.transform)
    parts = zip(*(side.rows.T for side in sides), strict=True)
    return [np.unique(data.inputs[np.unique(np.concatenate(rows))][:, :width], axis=0) for rows in parts]


def _descriptors(names: Sequence[str]) -> tuple[Descriptor, ...]:
    from simworth.features import get_featurizer

    found = [get_featurizer(name) for name in names]
    return tuple(
        Descriptor(name=one.name, version=one.version, digest=one.digest, columns=len(one.columns)) for one in found
    )
