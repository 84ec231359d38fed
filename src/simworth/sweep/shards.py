"""Shards of a sweep: what one is, what it is called, and how it is kept."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from pydantic import TypeAdapter
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from simworth.columns import PREDICTION_COLUMNS, TRIAL_COLUMNS
from simworth.config import IN_TURN, Task
from simworth.digests import digest
from simworth.files import write_whole
from simworth.learning import ENGINE_VERSION
from simworth.prepare.splits import ALONE
from simworth.sweep.held_out import side_keys

BLOCK: Final = 10
"""trials in a shard"""
BF16_VERSION: Final = 3
"""Raised whenever numbers trained in bf16 change, and those of float32 do not."""
_IN_TURN_VERSION: Final = 2
"""Raised whenever numbers change where releases are learned one after the other. 2: releases that have no material in
common are learned apart, too"""
_LIBRARIES: Final = ("torch", "numpy", "scipy")
"""whose versions may change a trial's bits"""
_ORDER_VERSIONS: Final = {"proposed": 2}
"""source order -> its version, raised whenever it sorts otherwise. 2: as drawn where measured structures are not told
from simulated ones, else those that are like them first"""
_STRUCTURES_ALONE: Final = ("random", "nearest", "farthest")
"""source orders that do not look at the materials a trial learns from, so that target.m does not change them"""
_BF16_LIBRARIES: Final = ("numba",)
"""the same in bf16 alone"""


@dataclass(frozen=True, order=True)
class Shard:
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
    """What a shard leaves."""

    trials: pd.DataFrame
    """TRIAL_COLUMNS, one row a trial"""
    predictions: pd.DataFrame
    """PREDICTION_COLUMNS, one row a test sample of a trial"""
    weights: dict[str, np.ndarray]
    """(BLOCK, ...) arrays: `<layer>.weight`, `<layer>.bias`, `label.*`; row i is trial block * BLOCK + i.
    Empty for a part of the training side, since no model is made of those, and once they are kept"""
    clipped: int
    """predictions that had to be clipped"""


def task_digest(seed: int, task: Task, data: str) -> str:
    """Digest of what all shards of a task share: data, settings that decide numbers, libraries, engine.

    Libraries count by their public version: 2.13.0+cpu and 2.13.0 are builds of the same sources. They differ in the
    last bits, as processors do, and a shard is shared between machines whatever their build, processor or GPU; where
    the very bits matter, all of them must come from one kind of machine. A setting that came later than the digest
    counts where it is not the default, so that it renames nothing.
    """
    settings = TypeAdapter(Task).dump_python(task, mode="json")
    decisive = {key: settings[key] for key in ("learning", "test_fraction", "source_order", "training")}
    architecture = decisive["training"].pop("architecture")
    for name in ("frozen", "most_steps", "annealing"):
        if not decisive["training"][name]:
            del decisive["training"][name]
    engine = [ENGINE_VERSION, seed, *side_keys(task), decisive, _versions(_LIBRARIES), data]
    if architecture:
        from simworth.learning.architectures import version_of  # loads torch, which a table of shards does not need

        engine += [architecture, version_of(architecture)]
    if task.source_order in _ORDER_VERSIONS:
        engine += ["source order", _ORDER_VERSIONS[task.source_order]]
    if task.target.m and task.source_order not in _STRUCTURES_ALONE:
        engine += ["target.m", task.target.m]
    if several := task.source.releases or task.source.beside:
        engine += ["source", several]
    if task.source.releases == IN_TURN:
        engine += [IN_TURN, _IN_TURN_VERSION]
    if task.split not in ALONE:
        engine += ["split", task.split]
    if task.training.precision == "bf16":
        engine += [BF16_VERSION, _versions(_BF16_LIBRARIES)]
    return digest(engine)


def _versions(libraries: Iterable[str]) -> dict[str, str]:
    return {library: version(library).partition("+")[0] for library in libraries}


def shard_digest(task: str, shard: Shard) -> str:
    """Name of a shard's file, from its task's digest."""
    return digest([task, shard.learning, shard.n, shard.m, shard.block])


def shard_path(store: Path, name: str) -> Path:
    """Where the tables of the shard with this digest are kept."""
    return store / "units" / name[:2] / f"{name}.safetensors"


def weights_path(path: Path) -> Path:
    """Where the weights of the shard kept at `path` lie."""
    return path.with_name(f"{path.stem}.weights.safetensors")


def write_shard(path: Path, result: Result) -> Result:
    """Keep a shard, whole or not at all; what a reader of its tables finds, without weights."""
    if result.weights:
        write_checked(
            weights_path(path), {name: np.ascontiguousarray(value) for name, value in result.weights.items()}, {}
        )
    tensors: dict[str, np.ndarray] = {}
    texts: dict[str, object] = {"clipped": result.clipped, "weights": bool(result.weights)}
    for name, table in (("trials", result.trials), ("predictions", result.predictions)):
        for column in table:
            values = table[column].to_numpy()
            if values.dtype.kind in "OU" or isinstance(table[column].dtype, pd.StringDtype):
                texts[f"{name}.{column}"] = [str(value) for value in values]
            else:
                tensors[f"{name}.{column}"] = np.ascontiguousarray(values)
    write_checked(path, tensors, texts)
    return replace(result, weights={})


def read_shard(path: Path) -> Result | None:
    """The tables of a kept shard; None where there is none. Unreadable where a file is damaged, or of another form."""
    if not path.exists():
        return None
    tensors, texts = read_checked(path)
    older = any(key.startswith("weights.") for key in tensors)
    if texts.get("weights", False) and not older and not weights_path(path).exists():
        raise Unreadable("its weights are gone")
    try:
        trials = _table("trials", tuple(TRIAL_COLUMNS), tensors, texts)
        predictions = _table("predictions", tuple(PREDICTION_COLUMNS), tensors, texts)
        return Result(trials, predictions, {}, int(str(texts["clipped"])))
    except KeyError as error:
        raise Unreadable(f"it lacks {error}") from None


def read_weights(path: Path) -> dict[str, np.ndarray] | None:
    """Weights of the shard whose tables are kept at `path`, None where there are none; Unreadable as above."""
    if weights_path(path).exists():
        return read_checked(weights_path(path))[0]
    if not path.exists():
        return None
    tensors, _ = read_checked(path)  # shards once kept everything in one file
    return {key.removeprefix("weights."): value for key, value in tensors.items() if key.startswith("weights.")} or None


class Unreadable(Exception):
    """A shard's file that is there and cannot be used; the shard is trained anew."""


def write_checked(path: Path, tensors: dict[str, np.ndarray], texts: dict[str, object]) -> None:
    write_whole(path, save(tensors, metadata={"simworth": json.dumps({**texts, "sha256": _checksum(tensors)})}))


def read_checked(path: Path) -> tuple[dict[str, np.ndarray], dict[str, object]]:
    try:
        with safe_open(path, framework="numpy") as file:
            texts = json.loads((file.metadata() or {})["simworth"])
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 (not a mapping)
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        raise Unreadable(f"it cannot be read ({type(error).__name__}: {error})") from None
    if texts.pop("sha256", None) != _checksum(tensors):
        raise Unreadable("its checksum is wrong")
    return tensors, texts


def _table(
    name: str, columns: tuple[str, ...], tensors: dict[str, np.ndarray], texts: dict[str, object]
) -> pd.DataFrame:
    keys = {column: f"{name}.{column}" for column in columns}
    return pd.DataFrame({column: tensors[key] if key in tensors else texts[key] for column, key in keys.items()})


def _checksum(tensors: dict[str, np.ndarray]) -> str:
    sha = hashlib.sha256()
    for key in sorted(tensors):
        sha.update(key.encode())
        sha.update(np.ascontiguousarray(tensors[key]).tobytes())
    return sha.hexdigest()


def note_seconds(paths: Sequence[Path], seconds: float) -> None:
    """Units that were trained together took equal parts of the time."""
    for path in paths:
        write_whole(path.with_suffix(".seconds"), f"{seconds / len(paths):.6g}\n".encode())


def read_seconds(path: Path) -> float | None:
    """Seconds of the unit kept at `path`; None where they are not known."""
    try:
        return float(path.with_suffix(".seconds").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
