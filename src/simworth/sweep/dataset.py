"""A task's materials, descriptors and labels as arrays, from the clean tables and the descriptor table."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from simworth.config import Settings, Side, Task
from simworth.data.select import Selection, materials
from simworth.errors import SimworthError
from simworth.learning.layout import padded
from simworth.learning.transforms import InputTransform
from simworth.store import digest

MIN_MEASURED = 10
"""measured materials below which a split has no meaning"""


@dataclass(frozen=True)
class SideData:
    """The materials of one side, sorted by item."""

    items: list[str]
    """(materials,) identities"""
    values: np.ndarray
    """(materials,) float64 values on the task's scale (its unit, or log10 of it)"""
    rows: np.ndarray
    """(materials, parts) rows of each material in the input table"""


@dataclass(frozen=True)
class TaskData:
    """All that training needs, and the counts that the report shows."""

    source: SideData
    target: SideData
    inputs: np.ndarray
    """(structures, padded columns) float32, transformed"""
    columns: int
    """true columns of `inputs`"""
    transform: InputTransform
    overlap: int
    """measured materials that also occur among the simulated ones"""
    undescribed: dict[str, int]
    """side -> materials without descriptors, left out"""
    excluded: dict[str, int]
    """reason -> values or materials left out on purpose"""
    digest: str = field(default="")
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
    selected = {
        "source": select_side(task, task.source, "simulation", source),
        "target": select_side(task, task.target, "experiment", target),
    }
    for label, side in (("source", task.source), ("target", task.target)):
        if selected[label].materials.empty:
            role = "simulations" if label == "source" else "measurements"
            wanted = side.property or task.property
            return Waiting(f"database {side.database} has no {role} of {wanted} yet")
    return _assemble(settings, task, selected, features)


def select_side(task: Task, side: Side, role: str, clean: pd.DataFrame) -> Selection:
    """The materials of one side of a task."""
    return materials(clean, side.role or role, side.property or task.property, side.filter)


def _assemble(
    settings: Settings, task: Task, selected: dict[str, Selection], features: pd.DataFrame
) -> TaskData | Waiting:
    described = features.dropna()
    tables = {label: one.materials for label, one in selected.items()}
    kept = {label: one[one["structure"].isin(described["structure"])] for label, one in tables.items()}
    undescribed = {label: len(tables[label]) - len(kept[label]) for label in tables}
    excluded = {f"{label}: {why}": n for label, one in selected.items() for why, n in one.left_out.items()}
    both = kept["target"]["item"].isin(kept["source"]["item"])
    if task.exclude_overlap:
        excluded["source: also measured"] = int(kept["source"]["item"].isin(kept["target"]["item"]).sum())
        kept["source"] = kept["source"][~kept["source"]["item"].isin(kept["target"]["item"])]
    too_few = _too_few(task, len(kept["source"]), len(kept["target"]))
    if too_few:
        return Waiting(too_few)
    table = described.set_index("structure").sort_index()
    table = table.loc[table.index.isin(pd.concat([kept["source"], kept["target"]])["structure"])]
    raw = table.to_numpy(dtype=np.float64)
    sides = {
        label: _side(one, table.index, settings.properties[_property(task, label)].scale == "log10")
        for label, one in kept.items()
    }
    transform = _fit_inputs(task, raw[np.unique(sides["source"].rows)])
    inputs = np.zeros((len(raw), padded(raw.shape[1])), dtype=np.float32)
    inputs[:, : raw.shape[1]] = transform(raw)
    content = [_array_digest(raw), *(_side_digest(one) for one in sides.values())]
    return TaskData(
        sides["source"],
        sides["target"],
        inputs,
        raw.shape[1],
        transform,
        int(both.sum()),
        undescribed,
        excluded,
        digest(content),
    )


def _property(task: Task, label: str) -> str:
    side = task.source if label == "source" else task.target
    return side.property or task.property


def _too_few(task: Task, simulated: int, measured: int) -> str:
    least = task.grid.n_min + task.grid.points
    if simulated < least:
        return f"{simulated} simulated materials with descriptors; a grid from n = {task.grid.n_min} needs {least}"
    if measured < MIN_MEASURED:
        return f"{measured} measured materials with descriptors; a split needs {MIN_MEASURED}"
    return ""


def _side(table: pd.DataFrame, index: pd.Index, logarithm: bool) -> SideData:
    table = table.sort_values("item")
    values = table["value"].to_numpy(dtype=np.float64)
    if logarithm:
        values = np.log10(values)
    return SideData(table["item"].tolist(), values, index.get_indexer(pd.Index(table["structure"]))[:, None])


def _fit_inputs(task: Task, raw: np.ndarray) -> InputTransform:
    try:
        return InputTransform.fit(raw, task.training.input_steps, task.training.clip_input)
    except ValueError as error:
        raise SimworthError(f"task with descriptors {', '.join(task.descriptors)}: {error}") from None


def _array_digest(array: np.ndarray) -> str:
    return hashlib.blake2b(np.ascontiguousarray(array).tobytes(), digest_size=16).hexdigest()


def _side_digest(side: SideData) -> list[str]:
    return [digest(side.items), _array_digest(side.values), _array_digest(side.rows)]
