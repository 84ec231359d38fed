"""Ensembles and the weights of shards as MLflow is given them."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from safetensors.numpy import save

import simworth
from simworth.environment import store_root
from simworth.model.ensemble import read_card, stacked
from simworth.sweep.shards import BLOCK, Unreadable, read_seconds, read_weights, shard_path
from simworth.tracking.records import MODEL_TAG, VALUATION_TAG, ModelRecord
from simworth.tracking.sizes import Models


def kept_weights(digests: Sequence[str]) -> list[dict[str, np.ndarray]] | None:
    """Weights of shards, one mapping a shard; None where this machine's store lacks one of them."""
    try:
        found = [read_weights(shard_path(store_root(), name)) for name in digests]
    except Unreadable:
        return None
    weights = [one for one in found if one is not None]
    return weights if weights and len(weights) == len(digests) else None


def kept_seconds(digests: Sequence[str]) -> list[float | None]:
    """What each trial of shards took, its part of the whole shard; None where this machine's store does not know."""
    whole = [read_seconds(shard_path(store_root(), name)) for name in digests]
    return [None if one is None else one / BLOCK for one in whole for _ in range(BLOCK)]


def weights_file(blocks: Sequence[Mapping[str, np.ndarray]], trials: Sequence[int], about: Mapping[str, str]) -> bytes:
    """A safetensors file of the trials named; what it holds stands in its header as JSON under `simworth`."""
    tensors = {name: np.ascontiguousarray(value) for name, value in stacked(blocks, trials).items()}
    return save(tensors, metadata={"simworth": json.dumps({**about, "trials": list(map(int, trials))}, sort_keys=True)})


def _code(module: str) -> Path:
    """The file of a project's own module, or the file or folder of the package that a dotted name is of."""
    top = sys.modules.get(module.partition(".")[0])
    return Path(next(iter(getattr(top, "__path__", [getattr(top, "__file__", module)]))))


def model_record(folder: Path, task: str, valuation: str, digest: str) -> ModelRecord:
    """What is registered for models/<task>/; the package goes along, so that a fresh environment can serve it."""
    from simworth.data.kinds import KINDS
    from simworth.features.registry import FAMILIES, FEATURIZERS, OR
    from simworth.model.server import OUTPUTS, requirements  # the chemistry

    card = read_card(folder)
    parts = [part for one in card.descriptors for part in one.name.split(OR)]
    brought = [FEATURIZERS.brought_by(part) or FAMILIES.brought_by(part.partition(":")[0]) for part in parts]
    own = dict.fromkeys(filter(None, [KINDS.brought_by(card.kind), *brought]))
    libraries = [name for part in parts if FEATURIZERS.brought_by(part) for name in FEATURIZERS[part].libraries]
    releases = {database: ", ".join(names) for database, names in card.releases.items()}
    unit = f" in {card.unit}" if card.unit else ""
    told = {"property", "unit", "scale", "kind", "n", "m", "domain", "interval"}
    return ModelRecord(
        name=task,
        folder=folder,
        loader="simworth.model.server",
        code=(Path(simworth.__file__).parent, *map(_code, own)),
        example={"structure": [card.example], **({"temperature": [298.15]} if KINDS[card.kind].is_pair else {})},
        outputs=OUTPUTS,
        requirements=requirements(libraries),
        tags={
            MODEL_TAG: digest,
            VALUATION_TAG: valuation,
            "simworth.n": str(card.n),
            "simworth.releases": json.dumps(releases),
        },
        metadata={**card.model_dump(mode="json", include=told), "releases": releases}
        | ({"modules": [Path(one).name if one.endswith(".py") else one for one in own]} if own else {}),
        description=f"{card.property}{unit}: mean and standard deviation of {len(card.trials)} networks, "
        f"pretrained on {card.n} simulations, fine-tuned on {card.m} measurements",
    )


MODELS: Final = Models(kept_weights, weights_file, kept_seconds, model_record)
