"""A task's materials, descriptors and labels as arrays, from the clean tables and the descriptor table."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from simworth.config import Settings, Side, Task
from simworth.data.select import Selection, materials
from simworth.errors import SimworthError
from simworth.learning.architectures import own_samples
from simworth.learning.layout import padded
from simworth.learning.transforms import InputTransform
from simworth.store import digest
from simworth.sweep.inputs import InputRows, descriptor_widths, input_rows

MIN_MEASURED = 10
"""measured materials below which a split has no meaning"""

SAMPLES: Final = "samples"
"""what an architecture's own samples are called among descriptors; they take no steps unless settings name some"""


@dataclass(frozen=True)
class SideData:
    """The materials of one side and their samples; a material has one sample, a chi pair one per temperature."""

    items: list[str]
    """(materials,) identities, sorted; what splits and source sets are made of"""
    material: np.ndarray
    """(samples,) material of each sample, rising"""
    values: np.ndarray
    """(samples,) float64 values on the task's scale (its unit, or log10 of it)"""
    rows: np.ndarray
    """(samples, parts) rows of each sample's materials in the input table"""
    simulated: np.ndarray
    """(samples,) simulated value of the same sample, on the task's scale, NaN where there is none"""


@dataclass(frozen=True)
class TaskData:
    """All that training needs, and the counts that the report shows."""

    source: SideData
    target: SideData
    inputs: np.ndarray
    """(input rows, padded columns) float32, transformed"""
    columns: int
    """true columns of `inputs`"""
    transform: InputTransform
    overlap: int
    """measured materials that also occur among the simulated ones"""
    undescribed: dict[str, int]
    """side -> samples without descriptors, left out"""
    excluded: dict[str, int]
    """reason -> values or samples left out on purpose"""
    digest: str
    """of all content that decides a trial's numbers"""


@dataclass(frozen=True)
class Waiting:
    """Why a task cannot run yet; not a failure."""

    reason: str


def load_task(
    settings: Settings, name: str, source: pd.DataFrame, target: pd.DataFrame, features: pd.DataFrame
) -> TaskData | Waiting:
    """Arrays of task `name` from the clean tables of its databases and its descriptor table."""
    task = settings.tasks[name]
    source_side = select_side(task, task.source, "simulation", source)
    target_side = select_side(task, task.target, "experiment", target)
    for one, side, what in ((source_side, task.source, "simulations"), (target_side, task.target, "measurements")):
        if one.materials.empty:
            return Waiting(f"database {side.database} has no {what} of {side.property or task.property} yet")
    return _assemble(settings, task, source_side, target_side, features)


def select_side(task: Task, side: Side, role: str, clean: pd.DataFrame) -> Selection:
    """The samples of one side of a task."""
    per_temperature = task.learning == "multitask"
    return materials(clean, side.role or role, side.property or task.property, side.filter, per_temperature)


def _assemble(
    settings: Settings, task: Task, source: Selection, target: Selection, features: pd.DataFrame
) -> TaskData | Waiting:
    features = _with_samples(task, features)
    known = set(features.dropna()["structure"]) | {""}
    simulated, measured = (_described(one.materials, known) for one in (source, target))
    excluded = {f"source: {why}": n for why, n in source.left_out.items()}
    excluded |= {f"target: {why}": n for why, n in target.left_out.items()}
    undescribed = {
        "source": len(source.materials) - len(simulated),
        "target": len(target.materials) - len(measured),
    }
    overlap = int(np.isin(measured["item"].unique(), simulated["item"]).sum())
    if task.exclude_overlap:
        also = simulated["item"].isin(measured["item"])
        excluded["source: also measured"] = int(also.sum())
        simulated = simulated[~also]
    too_few = _too_few(task, len(simulated), measured["item"].nunique())
    if too_few:
        return Waiting(too_few)
    simulated = _scaled(simulated, settings, task.source.property or task.property)
    measured = _scaled(measured, settings, task.target.property or task.property)
    pairs = task.learning == "multitask"
    table = input_rows(features, [simulated, measured], pairs)
    sides = (
        _side(simulated, simulated, table, single=True),
        _side(measured, simulated, table, single=not pairs),
    )
    transform = _fit_inputs(task, table, descriptor_widths(features, pairs), sides[0])
    inputs = np.zeros((len(table.raw), padded(transform.outputs)), dtype=np.float32)
    inputs[:, : transform.outputs] = transform(table.raw)
    content = digest([_array_digest(table.raw), *(_side_digest(side) for side in sides)])
    return TaskData(*sides, inputs, transform.outputs, transform, overlap, undescribed, excluded, content)


def _with_samples(task: Task, features: pd.DataFrame) -> pd.DataFrame:
    """Samples of the task's architecture in the place of descriptors, where it makes its own."""
    described = features.dropna()
    structures = [str(structure) for structure in described["structure"]]
    try:
        samples = own_samples(task.training.architecture, structures)
    except ValueError as error:
        raise SimworthError(f"task of {task.property}: {error}") from None
    if samples is None:
        return features
    table = pd.DataFrame(samples, columns=[f"{SAMPLES}:{column}" for column in range(samples.shape[1])])
    table.insert(0, "structure", structures)
    return table


def _described(table: pd.DataFrame, known: set[str]) -> pd.DataFrame:
    kept: pd.DataFrame = table[table["structure"].isin(known) & table["partner"].isin(known)]
    return kept


def _too_few(task: Task, simulated: int, measured: int) -> str:
    least = task.grid.n_min + task.grid.points
    if simulated < least:
        return f"{simulated} simulated samples with descriptors; a grid from n = {task.grid.n_min} needs {least}"
    if measured < MIN_MEASURED:
        return f"{measured} measured materials with descriptors; a split needs {MIN_MEASURED}"
    return ""


def _scaled(table: pd.DataFrame, settings: Settings, name: str) -> pd.DataFrame:
    """Values on the property's scale."""
    if settings.properties[name].scale == "linear":
        return table
    return table.assign(value=np.log10(table["value"]))


def _side(table: pd.DataFrame, simulated: pd.DataFrame, inputs: InputRows, *, single: bool) -> SideData:
    """`single`: each sample is a material of its own, as simulations are."""
    keys = inputs.keys(table)
    order = np.argsort(keys.to_numpy(dtype=object), kind="stable")
    table, keys = table.iloc[order], keys.iloc[order]
    items = keys if single else table["item"]
    material, names = pd.factorize(items, sort=True)
    by_material = np.argsort(material, kind="stable")
    known = pd.Series(simulated["value"].to_numpy(), index=pd.Index(inputs.keys(simulated)))
    own, theirs = table["value"].to_numpy(np.float64), known.reindex(pd.Index(keys)).to_numpy(np.float64)
    rows = inputs.rows(table)
    return SideData(
        [str(name) for name in names], material[by_material], own[by_material], rows[by_material], theirs[by_material]
    )


def _fit_inputs(task: Task, table: InputRows, widths: dict[str, int], source: SideData) -> InputTransform:
    raw = table.raw[np.unique(source.rows)]
    try:
        steps = {SAMPLES: (), **task.training.input_steps}
        return InputTransform.fit(raw, widths, steps, task.training.clip_input)
    except ValueError as error:
        raise SimworthError(f"task of {task.property}: {error}") from None


def _array_digest(array: np.ndarray) -> str:
    return hashlib.blake2b(np.ascontiguousarray(array).tobytes(), digest_size=16).hexdigest()


def _side_digest(side: SideData) -> list[str]:
    arrays = (side.material, side.values, side.rows, side.simulated)
    return [digest(side.items), *map(_array_digest, arrays)]
