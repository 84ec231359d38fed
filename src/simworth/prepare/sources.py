"""A source of several releases or several properties: which sample is of which, and inputs that tell releases apart."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pandas as pd

from simworth.config.resolve import ResolvedTask
from simworth.data.select import ChosenMaterials, materials
from simworth.prepare.arrays import SideData


def source_materials(what: ResolvedTask, clean: pd.DataFrame) -> ChosenMaterials:
    """The simulations of a task. Where a material may have several samples, a column `part` says of which release (in
    their order) or property (0: the task's own) each is."""
    source = what.task.source
    if source.beside:
        return _of_properties(what, clean)
    if not source.releases:
        return materials(clean, source.role, source.property, source.filter, "temperature" if what.pairs else "")
    found = materials(clean, source.role, source.property, source.filter, apart="release")
    names = list(what.releases[source.database])
    parts = found.materials["release"].map({name: k for k, name in enumerate(names)})
    return replace(found, materials=found.materials.assign(part=parts.astype(int)))


def _of_properties(what: ResolvedTask, clean: pd.DataFrame) -> ChosenMaterials:
    source, held = what.task.source, (what.simulated, *what.beside)
    found = [materials(clean, source.role, one.property, source.filter) for one in held]
    tables = [one.materials.assign(part=k) for k, one in enumerate(found)]
    if tables[0].empty:
        return found[0]
    left_out = sum((Counter(one.left_out) for one in found), Counter[str]())
    return ChosenMaterials(pd.concat(tables, ignore_index=True), dict(left_out))


def told_apart(
    inputs: np.ndarray, source: SideData, target: SideData, releases: int
) -> tuple[np.ndarray, SideData, SideData]:
    """Inputs (rows, columns + releases) and both sides, whose samples of one structure have a row a release.

    The further columns hold 1 for a sample's release, less the share that the release has in all simulations; so their
    mean over simulations is 0, which is what measurements have.
    """
    assert source.part is not None
    shares = np.bincount(source.part, minlength=releases) / len(source.part)
    codes = np.vstack([np.zeros(releases), np.eye(releases) - shares])
    wanted = [source.rows + len(inputs) * (1 + source.part[:, None]), target.rows]
    kept = np.unique(np.concatenate(wanted))
    table = np.hstack([inputs[kept % len(inputs)], codes[kept // len(inputs)].astype(inputs.dtype)])
    rows = [np.searchsorted(kept, one) for one in wanted]
    return table, replace(source, rows=rows[0]), replace(target, rows=rows[1])
