"""The section `backtests:` of params.yaml: orders of simulations to be compared with random draws, when asked for."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

_Release = Annotated[str, Field(pattern=r"^[^/]+/[^/]+$")]


@dataclass(frozen=True, kw_only=True, config=ConfigDict(extra="forbid"))
class BacktestSettings:
    """One backtest, which runs where it is named alone: `make repro TASKS=<its name>`."""

    task: str
    """a key of `tasks`, whose sizes, measurements and recipe it takes"""
    orders: tuple[str, ...] = Field(default=("nearest", "farthest", "proposed"), min_length=1)
    """registered source orders"""
    trials: int | None = Field(default=None, ge=2)
    """of each order; None: the task's"""
    n_max: int | None = Field(default=None, ge=10)
    """largest n; None: the largest of the task's sizes that leaves simulations out"""
    pooled: tuple[_Release, ...] = ()
    """releases of the catalogue, DATABASE/RELEASE each, whose simulations it takes instead of the task's; of a material
    that several hold the median counts"""
