"""A value with its interval."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

LEVEL = 0.90
"""The level of intervals unless told otherwise, and that of verdicts."""


class Estimate(NamedTuple):
    """A value and the ends of its interval, floats or arrays of one shape; NaN where no data stand behind the
    law."""

    value: Any
    low: Any
    high: Any

    def __float__(self) -> float:
        return float(self.value)

    def to_dict(self) -> dict[str, float | None]:
        """JSON: {"value", "low", "high"}; null for what is unbounded or unknown."""
        return {name: plain(v) for name, v in zip(self._fields, self, strict=True)}


def plain(number: float) -> float | None:
    """A float that JSON can hold: None for NaN and the infinities."""
    return float(number) if np.isfinite(number) else None
