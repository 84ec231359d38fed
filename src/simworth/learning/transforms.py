"""What descriptors and labels go through before a network sees them, and the way back.

Steps as in the study (Methods): logarithm, normalisation, Yeo-Johnson (Biometrika 87, 954, 2000), min-max. Every
transform is plain numbers, so that it is kept as JSON or tensors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from scipy.special import boxcox1p, inv_boxcox1p
from scipy.stats import yeojohnson_normmax

LOG_OFFSET: Final = 1e-3
"""added before the logarithm: force-field descriptors reach 1e-315, and a third lie below 1e-20"""
LAMBDA_RANGE: Final = (-4.0, 6.0)
"""Yeo-Johnson exponents are kept in this range, symmetric about the identity 1"""
FAR: Final = 10.0
"""standard deviations from the training labels' mean beyond which no prediction is believed"""


def yeo_johnson(x: np.ndarray, lam: np.ndarray | float) -> np.ndarray:
    """Yeo-Johnson transform, broadcasting."""
    up, down = _snapped(lam), _snapped(2 - lam)
    result: np.ndarray = np.where(x >= 0, boxcox1p(np.maximum(x, 0), up), -boxcox1p(-np.minimum(x, 0), down))
    return result


def _snapped(lam: np.ndarray | float) -> np.ndarray:
    """Exponents this near to 0 mean the logarithm; SciPy's inverse is wrong for denormal ones."""
    result: np.ndarray = np.where(np.abs(lam) < 1e-10, 0.0, lam)
    return result


def inverse_yeo_johnson(y: np.ndarray, lam: np.ndarray | float) -> np.ndarray:
    """Its inverse; the caller keeps y inside the image."""
    up, down = _snapped(lam), _snapped(2 - lam)
    result: np.ndarray = np.where(y >= 0, inv_boxcox1p(np.maximum(y, 0), up), -inv_boxcox1p(-np.minimum(y, 0), down))
    return result


def fit_lambda(x: np.ndarray) -> float:
    """Maximum-likelihood exponent of a (values,) sample; 1, the identity, for a constant one."""
    if np.ptp(x) == 0:
        return 1.0
    with np.errstate(all="ignore"):
        lam = float(yeojohnson_normmax(x))
    return float(np.clip(lam, *LAMBDA_RANGE)) if np.isfinite(lam) else 1.0


@dataclass(frozen=True)
class InputTransform:
    """Column-wise transform of descriptors, fitted on all source structures; it sees no simulation, no measurement."""

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
    def fit(cls, x: np.ndarray, steps: Sequence[str], clip: float) -> InputTransform:
        """From x (rows, columns), finite, and not negative where `log` comes first; else a ValueError."""
        if "log" in steps and x.min() < 0:
            column = int(np.argwhere(x < 0)[0][1])
            raise ValueError(
                f"input_steps: 'log' needs descriptors >= 0, column {column} reaches {x.min():.4g}; leave 'log' out"
            )
        columns = x.shape[1]
        parts: dict[str, np.ndarray] = {
            "shift": np.zeros(columns),
            "scale": np.ones(columns),
            "exponent": np.ones(columns),
            "low": np.zeros(columns),
            "high": np.ones(columns),
        }
        for step in steps:
            if step == "norm":
                logged = _apply(x, steps[: steps.index(step)], clip, parts)
                spread = logged.std(axis=0)
                negligible = spread <= 1e-12 * np.maximum(1.0, np.abs(logged).max(axis=0))
                parts["shift"], parts["scale"] = logged.mean(axis=0), np.where(negligible, 1.0, spread)
            elif step == "yeo-johnson":
                so_far = _apply(x, steps[: steps.index(step)], clip, parts)
                parts["exponent"] = np.array([fit_lambda(column) for column in so_far.T])
            elif step == "min-max":
                so_far = _apply(x, steps[: steps.index(step)], clip, parts)
                low, high = so_far.min(axis=0), so_far.max(axis=0)
                parts["low"], parts["high"] = low, np.where(high > low, high, low + 1)
        return cls(tuple(steps), clip, **{name: tuple(map(float, part)) for name, part in parts.items()})

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """(rows, columns) descriptors -> (rows, columns) inputs, float64."""
        parts = {name: np.array(getattr(self, name)) for name in ("shift", "scale", "exponent", "low", "high")}
        return _apply(x, self.steps, self.clip, parts)

    def to_dict(self) -> dict[str, Any]:
        """JSON-able."""
        return asdict(self)

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> InputTransform:
        """The inverse of `to_dict`."""
        fields: dict[str, Any] = {key: tuple(v) if isinstance(v, list) else v for key, v in content.items()}
        return cls(**fields)


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
    def fit(cls, y: np.ndarray, steps: Sequence[str], clip: float) -> LabelTransform:
        """From y (trials, labels)."""
        spread = y.std(axis=1)
        shift, scale = y.mean(axis=1), np.where(spread > 0, spread, 1.0)
        normal = (y - shift[:, None]) / scale[:, None]
        ones = np.ones(len(y))
        exponent = np.array([fit_lambda(row) for row in normal]) if "yeo-johnson" in steps else ones
        low, high = np.zeros(len(y)), ones
        if "min-max" in steps:
            bent = yeo_johnson(normal, exponent[:, None])
            low, high = bent.min(axis=1), bent.max(axis=1)
            high = np.where(high > low, high, low + 1)
        return cls(shift, scale, exponent, low, high, clip)

    def __call__(self, y: np.ndarray) -> np.ndarray:
        """(trials, values) in the property's unit -> what the networks learn."""
        normal = (y - self.shift[:, None]) / self.scale[:, None]
        bent = yeo_johnson(normal, self.exponent[:, None])
        learnt: np.ndarray = (bent - self.low[:, None]) / (self.high - self.low)[:, None]
        return learnt

    def inverse(self, said: np.ndarray) -> tuple[np.ndarray, int]:
        """(trials, values) said by the networks -> (values in the property's unit, how many had to be clipped).

        The inverse Yeo-Johnson has no value beyond the transform's image, and absurd ones near its edge; so a
        prediction is held within `clip` and within what lies FAR standard deviations from the training mean.
        """
        lam = self.exponent[:, None]
        bent = said * (self.high - self.low)[:, None] + self.low[:, None]
        floor = np.maximum(-self.clip, yeo_johnson(np.full_like(lam, -FAR), lam))
        ceiling = np.minimum(self.clip, yeo_johnson(np.full_like(lam, FAR), lam))
        held = np.clip(bent, floor, ceiling)
        clipped = int(np.count_nonzero(held != bent))
        normal = inverse_yeo_johnson(held, lam)
        return normal * self.scale[:, None] + self.shift[:, None], clipped

    def tensors(self) -> dict[str, np.ndarray]:
        """`label.*` (trials,) float64 arrays, as kept beside the weights."""
        names = ("shift", "scale", "exponent", "low", "high")
        out = {f"label.{name}": np.asarray(getattr(self, name), dtype=np.float64) for name in names}
        return out | {"label.clip": np.full(len(self.shift), self.clip)}

    @classmethod
    def from_tensors(cls, tensors: dict[str, np.ndarray]) -> LabelTransform:
        """The inverse of `tensors`."""
        names = ("shift", "scale", "exponent", "low", "high")
        arrays: dict[str, Any] = {name: tensors[f"label.{name}"] for name in names}
        return cls(**arrays, clip=float(tensors["label.clip"][0]))
