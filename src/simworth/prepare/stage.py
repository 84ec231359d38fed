"""`simworth prepare`: choose a task's samples, put them on their scale, count what is left out, transform inputs."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from simworth.columns import CLEAN_COLUMNS, SAMPLE_COLUMNS, Quantity
from simworth.config import POOLED, Side, Task
from simworth.config.resolve import ResolvedTask
from simworth.data.select import ChosenMaterials, materials
from simworth.errors import SimworthError
from simworth.files import read_table
from simworth.learning.transforms import InputTransform
from simworth.prepare.arrays import SideData, TaskData, content_digest
from simworth.prepare.inputs import CONDITIONS, InputRows, descriptor_widths, input_rows
from simworth.prepare.records import SIDES, Prepared, PreparedSide, PreparedTask, groups_of, side_data
from simworth.prepare.sources import source_materials, told_apart
from simworth.prepare.splits import SPLITS, Measured, train_count

MIN_MEASURED: Final = 10
"""measured materials below which a split has no meaning"""
OWN: Final = "samples"
"""what an architecture's own samples are called among descriptors; they take no steps unless settings name some"""


@dataclass(frozen=True)
class _Chosen:
    """The samples of one side."""

    side: Side
    quantity: Quantity
    selection: ChosenMaterials
    described: pd.DataFrame
    """those of the selection whose descriptors are known"""
    kept: pd.DataFrame
    """those that stay"""

    def record(self, samples: pd.DataFrame) -> PreparedSide:
        """`samples`: what became of them in the table."""
        return PreparedSide(
            database=self.side.database,
            role=self.side.role,
            property=self.quantity.property,
            unit=self.quantity.unit,
            scale=self.quantity.scale,
            filter=self.side.filter,
            materials=samples["material"].nunique(),
            samples=len(samples),
            undescribed=len(self.selection.materials) - len(self.described),
            undescribed_classes=self._undescribed_classes(),
            left_out=self.selection.left_out,
        )

    def _undescribed_classes(self) -> dict[str, int]:
        left = self.selection.materials.drop(self.described.index)
        if left.empty:
            return {}
        from simworth.features.material_classes import material_classes  # RadonPy's classifier takes seconds to load

        classes = material_classes(left.assign(side="target")).set_index("item")["material_class"]
        return {str(name): int(count) for name, count in left["item"].map(classes).value_counts().sort_index().items()}


def prepare(what: ResolvedTask, source: Path, target: Path, features: Path) -> Prepared:
    """A task's samples and arrays from its files: the clean tables of its databases, and its descriptors."""
    columns = list(CLEAN_COLUMNS)
    return prepared(what, read_table(source, columns), read_table(target, columns), read_table(features))


def prepared(what: ResolvedTask, source: pd.DataFrame, target: pd.DataFrame, features: pd.DataFrame) -> Prepared:
    """A task's samples and arrays from clean tables (columns CLEAN_COLUMNS) and descriptors (`structure`, then one
    column a descriptor); waiting where there are too few."""
    features = _with_own(what.task, features)
    known = set(features.dropna()["structure"]) | {""}
    goal, apart = what.task.target, "temperature" if what.pairs else ""
    simulated = _chosen(what.task.source, what.simulated, source_materials(what, source), known)
    found = materials(target, goal.role, goal.property, goal.filter, apart)
    measured = _chosen(goal, what.measured, found, known)
    overlap = int(np.isin(measured.described["item"].unique(), simulated.described["item"]).sum())
    if what.task.exclude_overlap:
        simulated = _without(simulated, measured)
    reason = _waits_for(what.task, simulated, measured)
    if reason:
        return _recorded(what, simulated, measured, overlap, reason)
    table = input_rows(features, [simulated.kept, measured.kept], what.pairs)
    known_values = _first_values(what, simulated, table)
    tables = [
        _samples(what, simulated, known_values, table, single=not what.task.source.several),
        _samples(what, measured, known_values, table, single=not what.pairs),
    ]
    source_data, target_data = (side_data(samples, table.rows(samples)) for samples in tables)
    transform = _fit_inputs(what.task, table, descriptor_widths(features, what.pairs), source_data.rows)
    inputs = transform(table.raw).astype(np.float32)
    tables[1]["group"] = _groups(what, tables[1], inputs, target_data)
    samples = pd.concat([one.assign(side=name) for name, one in zip(SIDES, tables, strict=True)], ignore_index=True)
    groups = groups_of(samples)
    if reason := _too_large(what.task, groups):
        return _recorded(what, simulated, measured, overlap, reason)
    if what.task.source.releases == POOLED:
        several = len(what.releases[what.task.source.database])
        inputs, source_data, target_data = told_apart(inputs, source_data, target_data, several)
    content = content_digest(table.raw, (source_data, target_data), groups)
    data = TaskData(source_data, target_data, inputs, transform, content, groups)
    return _recorded(what, simulated, measured, overlap, "", samples[list(SAMPLE_COLUMNS)], data)


def _chosen(side: Side, quantity: Quantity, selection: ChosenMaterials, known: set[str]) -> _Chosen:
    table = selection.materials
    kept = table[table["structure"].isin(known) & table["partner"].isin(known)]
    return _Chosen(side, quantity, selection, kept, kept)


def _without(simulated: _Chosen, measured: _Chosen) -> _Chosen:
    also = simulated.kept["item"].isin(measured.kept["item"])
    left_out = simulated.selection.left_out | {"also measured": int(also.sum())}
    return replace(simulated, selection=replace(simulated.selection, left_out=left_out), kept=simulated.kept[~also])


def _waits_for(task: Task, simulated: _Chosen, measured: _Chosen) -> str:
    for one, what in ((simulated, "simulations"), (measured, "measurements")):
        if one.selection.materials.empty:
            return f"database {one.side.database} has no {what} of {one.quantity.property} yet"
    least, count = task.grid.n_min + task.grid.points, measured.kept["item"].nunique()
    simulations = simulated.kept["item"].nunique() if task.source.several else len(simulated.kept)
    if simulations < least:
        found = f"{simulations} simulated samples with descriptors"
        return f"{found}; a grid from n = {task.grid.n_min} needs {least}"
    if count < MIN_MEASURED:
        return f"{count} measured materials with descriptors; a split needs {MIN_MEASURED}"
    return ""


def _recorded(
    what: ResolvedTask,
    simulated: _Chosen,
    measured: _Chosen,
    overlap: int,
    reason: str,
    samples: pd.DataFrame | None = None,
    data: TaskData | None = None,
) -> Prepared:
    """A task with its samples and arrays, or with the reason why it waits."""
    samples = pd.DataFrame({name: [] for name in SAMPLE_COLUMNS}) if samples is None else samples
    kelvin = samples["temperature"]
    record = PreparedTask(
        task=what.name,
        status="waiting" if reason else "ok",
        reason=reason,
        source=simulated.record(samples[samples["side"] == "source"]),
        target=measured.record(samples[samples["side"] == "target"]),
        overlap=overlap,
        columns=data.columns if data else 0,
        temperatures=(float(kelvin.min()), float(kelvin.max())) if data and what.pairs else None,
        digest=data.digest if data else "",
    )
    return Prepared(record, samples, data)


def _samples(what: ResolvedTask, chosen: _Chosen, known: pd.Series, inputs: InputRows, *, single: bool) -> pd.DataFrame:
    """Samples of a side in order, with `material`, scaled `value` and `simulated` value of the same sample.

    `known`: key of a sample -> its simulated value.
    `single`: each sample is a material of its own, as simulations of one release and property are.
    """
    table, keys = chosen.kept, inputs.keys(chosen.kept)
    order = np.argsort(keys.to_numpy(dtype=object), kind="stable")
    table, keys = table.iloc[order], keys.iloc[order]
    found = table.assign(
        material=keys if single else table["item"],
        value=_scaled(what, chosen)[order],
        simulated=known.reindex(pd.Index(keys)).to_numpy(np.float64),
    )
    material, _ = pd.factorize(found["material"], sort=True)
    return found.assign(group=found["material"]).iloc[np.argsort(material, kind="stable")]


def _groups(what: ResolvedTask, samples: pd.DataFrame, inputs: np.ndarray, target: SideData) -> np.ndarray:
    """(samples,) label of what each measured sample is held out with."""
    first = np.searchsorted(target.material, np.arange(len(target.items)))
    own, width = samples.iloc[first], inputs.shape[1] - (CONDITIONS if what.pairs else 0)
    texts = {name: list(own[name].fillna("").astype(str)) for name in ("structure", "partner", "material_class")}
    points = inputs[target.rows[first, 0], :width]
    view = Measured(target.items, texts["structure"], texts["partner"], texts["material_class"], points)
    try:
        labels = np.array([str(label) for label in SPLITS[what.task.split](view)], dtype=object)
    except SimworthError as error:
        raise SimworthError(f"task {what.name}: {error}") from None
    if len(labels) != len(target.items):
        raise SimworthError(
            f"task {what.name}: split {what.task.split!r} must label {len(target.items)} measured materials, gave "
            f"{len(labels)} labels"
        )
    found: np.ndarray = labels[target.material]
    return found


def _too_large(task: Task, groups: list[str] | None) -> str:
    """Why nothing is left to learn from where the largest group is tested, '' where something is."""
    left = train_count(groups, task.test_fraction) if groups else MIN_MEASURED
    if groups is None or left >= MIN_MEASURED // 2:
        return ""
    name, count = Counter(groups).most_common(1)[0]
    return (
        f"split {task.split!r}: {name!r} holds {count} of {len(groups)} measured materials, so that too few are left "
        "to learn from where it is tested"
    )


def _scaled(what: ResolvedTask, chosen: _Chosen) -> np.ndarray:
    """(samples,) values on the side's scale, or on those of the properties learned with it."""
    values: np.ndarray = chosen.kept["value"].to_numpy(np.float64)
    if not (chosen.side is what.task.source and what.beside):
        return np.log10(values) if chosen.quantity.scale == "log10" else values
    log = np.array([one.scale == "log10" for one in (what.simulated, *what.beside)])[chosen.kept["part"]]
    return np.where(log, np.log10(np.where(log, values, 1.0)), values)


def _first_values(what: ResolvedTask, simulated: _Chosen, inputs: InputRows) -> pd.Series:
    """Key of a sample -> its simulated value; of several releases that of the first that has one."""
    values = pd.Series(_scaled(what, simulated), index=pd.Index(inputs.keys(simulated.kept)))
    if not what.task.source.several:
        return values
    parts = simulated.kept["part"].to_numpy()
    ordered = values.iloc[np.argsort(parts, kind="stable")][: (parts == 0).sum() if what.beside else None]
    return ordered[~ordered.index.duplicated()]


def _with_own(task: Task, features: pd.DataFrame) -> pd.DataFrame:
    """Samples of the task's architecture in the place of descriptors, where it makes its own."""
    if not task.training.architecture:
        return features
    from simworth.learning.architectures import own_samples  # loads torch, which descriptors do not need

    structures = [str(structure) for structure in features.dropna()["structure"]]
    try:
        samples = own_samples(task.training.architecture, structures)
    except ValueError as error:
        raise SimworthError(f"task of {task.property}: {error}") from None
    if samples is None:
        return features
    table = pd.DataFrame(samples, columns=[f"{OWN}:{column}" for column in range(samples.shape[1])])
    table.insert(0, "structure", structures)
    return table


def _fit_inputs(task: Task, table: InputRows, widths: dict[str, int], source: np.ndarray) -> InputTransform:
    """`source` (samples, parts): rows of the simulated side, on which the transform is fitted."""
    raw = table.raw[np.unique(source)]
    try:
        steps = {OWN: (), **task.training.input_steps}
        return InputTransform.fit(raw, widths, steps, task.training.clip_input)
    except ValueError as error:
        raise SimworthError(f"task of {task.property}: {error}") from None
