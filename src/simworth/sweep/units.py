"""Work units: what one is, what it is called, and how it is kept.

A unit is (task, n, m, block of 10 trials), always computed whole. Its file's name is a digest of everything that
decides its numbers, so a changed setting never finds a stale unit and a comment never retrains one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from pydantic import TypeAdapter
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from simworth.columns import PREDICTION_COLUMNS, TRIAL_COLUMNS
from simworth.config import Task
from simworth.store import digest, write_whole
from simworth.sweep.splits import side_keys

ENGINE_VERSION: Final = 2
"""Raised whenever trained numbers change; a golden test asks for it. 2: a trial's bits do not depend on the trials
beside it; sides are drawn by database and property instead of by the task's name."""
BLOCK: Final = 10
"""trials in a unit"""
BF16_VERSION: Final = 3
"""Raised whenever numbers trained in bf16 change, and those of float32 do not."""
_LIBRARIES: Final = ("torch", "numpy", "scipy")
"""whose versions may change a trial's bits"""
_BF16_LIBRARIES: Final = ("numba",)
"""the same in bf16 alone"""


@dataclass(frozen=True, order=True)
class Unit:
    """One piece of work."""

    learning: str
    """transfer | direct | multitask"""
    n: int
    m: int
    block: int
    """trials block * BLOCK ... block * BLOCK + BLOCK - 1"""

    @property
    def trials(self) -> range:
        """Numbers of its trials."""
        return range(self.block * BLOCK, (self.block + 1) * BLOCK)


@dataclass(frozen=True)
class Result:
    """What a unit leaves."""

    trials: pd.DataFrame
    """TRIAL_COLUMNS, one row a trial"""
    predictions: pd.DataFrame
    """PREDICTION_COLUMNS, one row a test sample of a trial"""
    weights: dict[str, np.ndarray]
    """(BLOCK, ...) arrays: `<layer>.weight`, `<layer>.bias`, `label.*`; row i is trial block * BLOCK + i.
    Empty for a part of the training side: no model is made of those"""
    clipped: int
    """predictions that had to be clipped"""


def task_digest(seed: int, task: Task, data: str) -> str:
    """Digest of what all units of a task share: data, settings that decide numbers, libraries, engine.

    Libraries count by their public version: 2.13.0+cpu and 2.13.0 are builds of the same sources. They differ in the
    last bits, as processors do, and a unit is shared between machines whatever their build, processor or GPU; where
    the very bits matter, all of them must come from one kind of machine. A setting that came later than the digest
    counts where it is not the default, so that it renames nothing.
    """
    settings = TypeAdapter(Task).dump_python(task, mode="json")
    decisive = {key: settings[key] for key in ("learning", "test_fraction", "source_order", "training")}
    engine = [ENGINE_VERSION, seed, *side_keys(task), decisive, _versions(_LIBRARIES), data]
    if task.training.precision == "bf16":
        engine += [BF16_VERSION, _versions(_BF16_LIBRARIES)]
    return digest(engine)


def _versions(libraries: Iterable[str]) -> dict[str, str]:
    return {library: version(library).partition("+")[0] for library in libraries}


def unit_digest(task: str, unit: Unit) -> str:
    """Name of a unit's file, from its task's digest."""
    return digest([task, unit.learning, unit.n, unit.m, unit.block])


def unit_path(store: Path, name: str) -> Path:
    """Where the unit with this digest is kept."""
    return store / "units" / name[:2] / f"{name}.safetensors"


def write_unit(path: Path, result: Result) -> None:
    """Keep a unit, whole or not at all."""
    tensors = {f"weights.{name}": np.ascontiguousarray(value) for name, value in result.weights.items()}
    texts: dict[str, Any] = {"clipped": result.clipped}
    for name, table in (("trials", result.trials), ("predictions", result.predictions)):
        for column in table:
            values = table[column].to_numpy()
            if values.dtype.kind in "OU" or isinstance(table[column].dtype, pd.StringDtype):
                texts[f"{name}.{column}"] = [str(value) for value in values]
            else:
                tensors[f"{name}.{column}"] = np.ascontiguousarray(values)
    texts["sha256"] = _checksum(tensors)
    write_whole(path, save(tensors, metadata={"simworth": json.dumps(texts)}))


def read_unit(path: Path) -> Result | None:
    """A kept unit, or None where there is none or it is damaged (it is then computed again)."""
    try:
        with safe_open(path, framework="numpy") as file:
            texts = json.loads((file.metadata() or {})["simworth"])
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 (not a mapping)
    except (OSError, SafetensorError, KeyError, ValueError):
        return None
    if texts.pop("sha256", None) != _checksum(tensors):
        return None
    return Result(
        _table("trials", tuple(TRIAL_COLUMNS), tensors, texts),
        _table("predictions", tuple(PREDICTION_COLUMNS), tensors, texts),
        {key.removeprefix("weights."): value for key, value in tensors.items() if key.startswith("weights.")},
        int(texts["clipped"]),
    )


def _table(name: str, columns: tuple[str, ...], tensors: dict[str, np.ndarray], texts: dict[str, Any]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            column: tensors[f"{name}.{column}"] if f"{name}.{column}" in tensors else texts[f"{name}.{column}"]
            for column in columns
        }
    )


def _checksum(tensors: dict[str, np.ndarray]) -> str:
    sha = hashlib.sha256()
    for key in sorted(tensors):
        sha.update(key.encode())
        sha.update(np.ascontiguousarray(tensors[key]).tobytes())
    return sha.hexdigest()
