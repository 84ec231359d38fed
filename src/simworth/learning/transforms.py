"""What descriptors and labels go through before a network sees them, and the way back.

Steps as in the study (Methods): logarithm, normalisation, Yeo-Johnson, min-max. Every transform is plain numbers, so
that it is kept as JSON or tensors.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import numpy as np

from simworth.learning.yeo_johnson import fit_lambda, inverse_yeo_johnson, yeo_johnson

LOG_OFFSET: Final = 1e-3
"""added before the logarithm: force-field descriptors reach 1e-315, and a third lie below 1e-20"""
DEFAULT_STEPS: Final = ("norm", "yeo-johnson")
"""of a descriptor for which the settings name none"""
FAR: Final = 10.0
"""standard deviations from the training labels' mean beyond which no prediction is believed"""


@dataclass(frozen=True)
class ColumnTransform:
    """What the columns of one descriptor go through."""

    name: str
    """of the descriptor"""
    kept: tuple[int, ...]
    """columns that `drop-constant` leaves, or all"""
    columns: int
    """columns of the descriptor, dropped ones counted"""
    steps: tuple[str, ...]
    clip: float
    """standard deviations, applied after `norm`"""
    shift: tuple[float, ...]
    """(columns,) mean that `norm` takes away"""
    scale: tuple[float, ...]
    """(columns,) standard deviation that `norm` divides by; 1 for a constant column"""
    exponent: tuple[float, ...]
    """(columns,) Yeo-Johnson lambda"""
    low: tuple[float, ...]
    """(columns,) least value that `min-max` maps to 0"""
    high: tuple[float, ...]
    """(columns,) largest value that `min-max` maps to 1"""

    @classmethod
    def fit(cls, x: np.ndarray, steps: Sequence[str], clip: float, name: str = "") -> ColumnTransform:
        """From x (rows, columns), finite, and not negative where `log` comes first; else a ValueError."""
        if "log" in steps and x.min() < 0:
            column = int(np.argwhere(x < 0)[0][1])
            raise ValueError(
                f"input_steps.{name}: 'log' needs descriptors >= 0, column {column} reaches {x.min():.4g}; leave it out"
            )
        kept = np.flatnonzero(np.ptp(x, axis=0) > 0) if "drop-constant" in steps else np.arange(x.shape[1])
        parts = _fit_parts(x[:, kept], steps, clip)
        numbers = {part: tuple(map(float, values)) for part, values in parts.items()}
        return cls(name, tuple(map(int, kept)), x.shape[1], tuple(steps), clip, **numbers)

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """(rows, columns) descriptors -> (rows, kept columns) inputs, float64."""
        parts = {name: np.array(getattr(self, name)) for name in _PARTS}
        return _apply(np.asarray(x, dtype=np.float64)[:, list(self.kept)], self.steps, self.clip, parts)


_PARTS: Final = ("shift", "scale", "exponent", "low", "high")
"""fields of a transform that hold its numbers"""


@dataclass(frozen=True)
class InputTransform:
    """Transform of a task's descriptors, fitted on all source structures; it sees no simulation, no measurement."""

    blocks: tuple[ColumnTransform, ...]
    """one per descriptor, in the order of the columns"""

    @classmethod
    def fit(
        cls, x: np.ndarray, widths: Mapping[str, int], steps: Mapping[str, Sequence[str]], clip: float
    ) -> InputTransform:
        """From x (rows, columns), whose columns are those of the descriptors `widths`, one after the other."""
        blocks, start = [], 0
        for name, width in widths.items():
            part = x[:, start : start + width]
            blocks.append(ColumnTransform.fit(part, steps.get(name, DEFAULT_STEPS), clip, name))
            start += width
        return cls(tuple(blocks))

    @property
    def outputs(self) -> int:
        """Columns that come out."""
        return sum(len(block.kept) for block in self.blocks)

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """(rows, columns) descriptors -> (rows, outputs) inputs, float64."""
        cuts = np.cumsum([block.columns for block in self.blocks])[:-1]
        parts = np.split(np.asarray(x, dtype=np.float64), cuts, axis=1)
        return np.hstack([block(part) for block, part in zip(self.blocks, parts, strict=True)])


def _fit_parts(x: np.ndarray, steps: Sequence[str], clip: float) -> dict[str, np.ndarray]:
    """Each step is fitted on what the steps before it make of x."""
    columns = x.shape[1]
    zeros, ones = np.zeros(columns), np.ones(columns)
    parts = {"shift": zeros, "scale": ones, "exponent": ones, "low": zeros, "high": ones}
    for index, step in enumerate(steps):
        so_far = _apply(x, steps[:index], clip, parts)
        if step == "norm":
            spread = so_far.std(axis=0)
            negligible = spread <= 1e-12 * np.maximum(1.0, np.abs(so_far).max(axis=0))
            parts["shift"], parts["scale"] = so_far.mean(axis=0), np.where(negligible, 1.0, spread)
        elif step == "yeo-johnson":
            parts["exponent"] = np.array([fit_lambda(column) for column in so_far.T])
        elif step == "min-max":
            low, high = so_far.min(axis=0), so_far.max(axis=0)
            parts["low"], parts["high"] = low, np.where(high > low, high, low + 1)
    return parts


def _apply(x: np.ndarray, steps: Sequence[str], clip: float, parts: dict[str, np.ndarray]) -> np.ndarray:
    out = np.asarray(x, dtype=np.float64)
    for step in steps:
        if step == "log":
            out = np.log(np.maximum(out, 0) + LOG_OFFSET)
        elif step == "norm":
            out = np.clip((out - parts["shift"]) / parts["scale"], -clip, clip)
        elif step == "yeo-johnson":
            out = yeo_johnson(out, parts["exponent"])
        elif step == "min-max":
            out = (out - parts["low"]) / (parts["high"] - parts["low"])
    return out


@dataclass(frozen=True)
class LabelTransform:
    """Transforms of many trials' labels, each fitted on its own training labels; one entry a trial."""

    shift: np.ndarray
    """(trials,) mean"""
    scale: np.ndarray
    """(trials,) standard deviation, 1 where all labels agree"""
    exponent: np.ndarray
    """(trials,) Yeo-Johnson lambda, 1 where the step is left out"""
    low: np.ndarray
    """(trials,) what min-max maps to 0; 0 where the step is left out"""
    high: np.ndarray
    """(trials,) what min-max maps to 1; 1 where the step is left out"""
    clip: float
    """bound on a normalised prediction"""

    @classmethod
    def fit(cls, y: Sequence[np.ndarray], steps: Sequence[str], clip: float, threads: int = 1) -> LabelTransform:
        """From y, one array of training labels a trial, `threads` at once."""
        shift = np.array([row.mean() for row in y])
        spread = np.array([row.std() for row in y])
        scale = np.where(spread > 0, spread, 1.0)
        normal = [(row - centre) / width for row, centre, width in zip(y, shift, scale, strict=True)]
        ones = np.ones(len(y))
        exponent = ones
        if "yeo-johnson" in steps:
            with ThreadPoolExecutor(threads) as pool:
                exponent = np.array(list(pool.map(fit_lambda, normal)))
        low, high = np.zeros(len(y)), ones
        if "min-max" in steps:
            bent = [yeo_johnson(row, lam) for row, lam in zip(normal, exponent, strict=True)]
            low, high = np.array([row.min() for row in bent]), np.array([row.max() for row in bent])
            high = np.where(high > low, high, low + 1)
        return cls(shift, scale, exponent, low, high, clip)

    def __call__(self, y: np.ndarray) -> np.ndarray:
        """(trials, values) in the property's unit -> what the networks learn."""
        normal = (y - self.shift[:, None]) / self.scale[:, None]
        bent = yeo_johnson(normal, self.exponent[:, None])
        learnt: np.ndarray = (bent - self.low[:, None]) / (self.high - self.low)[:, None]
        return learnt

    def inverse(self, outputs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(trials, values) outputs of the networks -> (values in the property's unit, where they had to be clipped).

        The inverse Yeo-Johnson has no value beyond the transform's image, and absurd ones near its edge; so a
        prediction is held within `clip` and within what lies FAR standard deviations from the training mean.
        """
        lam = self.exponent[:, None]
        bent = outputs * (self.high - self.low)[:, None] + self.low[:, None]
        floor = np.maximum(-self.clip, yeo_johnson(np.full_like(lam, -FAR), lam))
        ceiling = np.minimum(self.clip, yeo_johnson(np.full_like(lam, FAR), lam))
        held = np.clip(bent, floor, ceiling)
        normal = inverse_yeo_johnson(held, lam)
        return normal * self.scale[:, None] + self.shift[:, None], held != bent

    def of_samples(self, y: np.ndarray, parts: np.ndarray | None) -> np.ndarray:
        """The same whatever a value is of; see PartLabels."""
        return self(y)

    def tensors(self) -> dict[str, np.ndarray]:
        """`label.*` (trials,) float64 arrays, as kept beside the weights."""
        out = {f"label.{name}": np.asarray(getattr(self, name), dtype=np.float64) for name in _PARTS}
        return out | {"label.clip": np.full(len(self.shift), self.clip)}

    @classmethod
    def from_tensors(cls, tensors: dict[str, np.ndarray]) -> LabelTransform:
        """The inverse of `tensors`."""
        arrays = {name: tensors[f"label.{name}"] for name in _PARTS}
        return cls(**arrays, clip=float(tensors["label.clip"][0]))


@dataclass(frozen=True)
class PartLabels:
    """Transforms of labels of several properties, one each."""

    each: tuple[LabelTransform, ...]

    def of_samples(self, y: np.ndarray, parts: np.ndarray | None) -> np.ndarray:
        """(trials, values) -> what the networks learn; `parts` (trials, values) says of which property each is."""
        assert parts is not None
        with np.errstate(over="ignore", invalid="ignore"):  # of values by another property's transform
            made = np.stack([one(y) for one in self.each])
        learnt: np.ndarray = np.take_along_axis(made, parts[None], axis=0)[0]
        return learnt
