"""A task's samples as arrays: all that training sees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simworth.digests import array_digest, digest
from simworth.learning.transforms import InputTransform


@dataclass(frozen=True)
class SideData:
    """The materials of one side and their samples; a material has one sample, a chi pair one per temperature."""

    items: list[str]
    """(materials,) identities, sorted; what splits and source sets are made of"""
    material: np.ndarray
    """(samples,) material of each sample, rising"""
    values: np.ndarray
    """(samples,) float64 values on the side's scale (its unit, or log10 of it)"""
    rows: np.ndarray
    """(samples, parts) rows of each sample's materials in the input table"""
    simulated: np.ndarray
    """(samples,) source value of the same sample, on the source's scale, NaN where there is none"""
    part: np.ndarray | None = None
    """(samples,) which release or property of the source a sample is of; None where there is one"""


@dataclass(frozen=True)
class TaskData:
    """All that training needs."""

    source: SideData
    target: SideData
    inputs: np.ndarray
    """(input rows, columns) float32, transformed"""
    transform: InputTransform
    digest: str
    """of all content that decides a trial's numbers"""
    groups: list[str] | None = None
    """(measured materials,) label of what is held out whole; None: each material for itself"""

    @property
    def columns(self) -> int:
        """Of `inputs`."""
        return int(self.inputs.shape[1])

    @property
    def described(self) -> int:
        """Columns of `inputs` that describe structures; what follows tells releases of the source apart."""
        return min(self.columns, self.transform.outputs) if self.source.part is not None else self.columns


def content_digest(raw: np.ndarray, sides: Sequence[SideData], groups: list[str] | None) -> str:
    """Of untransformed inputs (rows, columns), both sides and groups; settings have a digest of their own."""
    return digest([array_digest(raw), *map(_side_digest, sides), *([groups] if groups else [])])


def _side_digest(side: SideData) -> list[str]:
    arrays = [side.material, side.values, side.rows, side.simulated, *([] if side.part is None else [side.part])]
    return [digest(side.items), *map(array_digest, arrays)]
