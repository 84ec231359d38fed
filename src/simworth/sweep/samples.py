"""From a trial's chosen materials to rectangular arrays of its samples, padded where counts differ between trials."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from simworth.learning.training import Examples
from simworth.learning.transforms import LabelTransform, PartLabels
from simworth.prepare.arrays import SideData


@dataclass(frozen=True)
class Samples:
    """Samples of every trial of a block."""

    index: np.ndarray
    """(trials, width) samples of a side; padding repeats a trial's first"""
    real: np.ndarray
    """(trials, width) False for padding"""
    ragged: bool
    """whether materials have different numbers of samples; then no number depends on `width`, which other trials set"""

    def of(self, trials: slice) -> Samples:
        """Those of some trials."""
        return Samples(self.index[trials], self.real[trials], self.ragged)

    def lists(self, values: np.ndarray) -> list[np.ndarray]:
        """`values` (samples,) of each trial's real samples."""
        return [values[index[real]] for index, real in zip(self.index, self.real, strict=True)]

    def examples(
        self, side: SideData, labels: LabelTransform | PartLabels, share: float | None, measured: bool | None
    ) -> Examples:
        """What to learn from these samples. `share` is their part of the loss, divided over a trial's real samples;
        None weighs every sample 1. `measured` marks them for a network that tells measurements from simulations;
        labels of several properties mark themselves."""
        values, parts = side.values[self.index], None if side.part is None else side.part[self.index]
        y = torch.from_numpy(labels.of_samples(values, parts).astype(np.float32))
        rows = torch.from_numpy(side.rows[self.index])
        weight = None
        if share is not None:
            weight = torch.from_numpy(self.real * (share / self.real.sum(axis=1, keepdims=True)))
        kind = None if measured is None else torch.full(self.index.shape, measured)
        if isinstance(labels, PartLabels) and parts is not None:
            kind = torch.from_numpy(parts)
        return Examples(rows, y, weight, kind, self.real.sum(axis=1) if self.ragged else None)


def samples_of(side: SideData, chosen: Sequence[np.ndarray] | np.ndarray, part: int | None = None) -> Samples:
    """All samples, or those of one `part`, of the `chosen` materials of a side, a list a trial, in that order."""
    if part is None and len(side.items) == len(side.material) and len({len(row) for row in chosen}) == 1:
        index = np.stack(list(chosen))
        return Samples(index, np.ones(index.shape, dtype=bool), ragged=False)
    starts = np.searchsorted(side.material, np.arange(len(side.items) + 1))
    lists = [np.concatenate([np.arange(starts[k], starts[k + 1]) for k in row]) for row in chosen]
    if part is not None and side.part is not None:
        lists = [one[side.part[one] == part] for one in lists]
    width = max(len(one) for one in lists)
    index = np.array([np.r_[one, np.full(width - len(one), one[0])] for one in lists])
    real = np.arange(width) < np.array([len(one) for one in lists])[:, None]
    return Samples(index, real, ragged=True)


def joined(parts: list[Examples]) -> Examples:
    """Examples of several kinds as one, their weights scaled so that a trial's mean over all of them is the weighted
    loss. Only the last kind may be padded."""
    lengths = [np.full(len(part.y), part.y.shape[1]) if part.counts is None else part.counts for part in parts]
    assert all(part.counts is None for part in parts[:-1]), "padding lies at the end"
    totals = np.sum(lengths, axis=0)
    rows, y = torch.cat([part.rows for part in parts], 1), torch.cat([part.y for part in parts], 1)
    weight = torch.cat([_present(part.weight) for part in parts], 1) * torch.from_numpy(totals)[:, None].to(y.device)
    measured = torch.cat([_present(part.measured) for part in parts], 1)
    return Examples(rows, y, weight.float(), measured, None if parts[-1].counts is None else totals)


def _present(part: torch.Tensor | None) -> torch.Tensor:
    assert part is not None, "examples are joined by weight and kind"
    return part
