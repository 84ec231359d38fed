"""Trained weights of shards, stacked over trials."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from safetensors.numpy import save

from simworth.environment import store_root
from simworth.sweep.seconds import read_seconds
from simworth.sweep.shards import BLOCK, Unreadable, read_weights, shard_path


def stacked(blocks: Sequence[Mapping[str, np.ndarray]], trials: Sequence[int]) -> dict[str, np.ndarray]:
    """(trials, ...) arrays of the trials named, from the arrays of consecutive whole blocks, the first of trial 0."""
    rows = np.array(trials, dtype=int)
    return {name: np.concatenate([block[name] for block in blocks])[rows] for name in blocks[0]}


def kept_weights(digests: Sequence[str]) -> list[dict[str, np.ndarray]] | None:
    """Weights of shards, one mapping a shard; None where this machine's store lacks one of them."""
    found = [_weights(name) for name in digests]
    weights = [one for one in found if one is not None]
    return weights if weights and len(weights) == len(digests) else None


def _weights(name: str) -> dict[str, np.ndarray] | None:
    try:
        return read_weights(shard_path(store_root(), name))
    except Unreadable:
        return None


def kept_seconds(digests: Sequence[str]) -> list[float | None]:
    """What each trial of shards took, its part of the whole shard; None where this machine's store does not know."""
    whole = [read_seconds(shard_path(store_root(), name)) for name in digests]
    return [None if one is None else one / BLOCK for one in whole for _ in range(BLOCK)]


def weights_file(blocks: Sequence[Mapping[str, np.ndarray]], trials: Sequence[int], about: Mapping[str, Any]) -> bytes:
    """A safetensors file of the trials named; what it holds stands in its header as JSON under `simworth`."""
    tensors = {name: np.ascontiguousarray(value) for name, value in stacked(blocks, trials).items()}
    return save(tensors, metadata={"simworth": json.dumps({**about, "trials": list(map(int, trials))}, sort_keys=True)})
